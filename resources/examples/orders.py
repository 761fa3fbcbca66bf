"""A day in a small mail-order shop: read the orders, price them, reserve the stock, print the totals.

At the end of the day the shop's state should be saved with dill, so that tomorrow's run can go on from it. That fails:
four objects in here cannot be pickled. Which ones, and how does `shop` get hold of them?

    dill-explorer orders.py          or          python -m dill explain orders.py
"""

import itertools
import socket
import sqlite3
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

CENT = Decimal('0.01')


class Status(Enum):
    NEW = 'new'
    RESERVED = 'reserved'
    BACKORDER = 'back order'


@dataclass(frozen=True)
class Product:
    sku: str
    title: str
    price: Decimal


@dataclass
class Customer:
    name: str
    city: str
    since: date
    orders: list = field(default_factory=list, repr=False)  # each order points back to its customer

    @property
    def is_regular(self):
        return len(self.orders) >= 3


@dataclass
class Order:
    number: int
    customer: Customer
    placed: datetime
    lines: dict  # Product -> quantity
    status: Status = Status.NEW

    def __post_init__(self):
        self.customer.orders.append(self)


class Stock:
    """What lies in the warehouse, and the counter that hands out pick-list numbers."""

    def __init__(self, levels):
        self.levels = Counter(levels)
        self.pick_lists = [self._numbers('A'), ['A', 'B']]
        self.shortages = defaultdict(list)

    @staticmethod
    def _numbers(aisle):
        for number in itertools.count(1):
            yield f'{aisle}-{number:04d}'

    def reserve(self, order):
        missing = {p: n for p, n in order.lines.items() if self.levels[p.sku] < n}
        for product in missing:
            self.shortages[product.sku].append(order)
        if missing:
            order.status = Status.BACKORDER
            return None
        self.levels.subtract({p.sku: n for p, n in order.lines.items()})
        order.status = Status.RESERVED
        return next(self.pick_lists[0])


class LabelPrinter:
    """The printer at the packing table; it takes one datagram for each label."""

    __slots__ = ('address', 'width_mm', '_socket')

    def __init__(self, address, width_mm=62):
        self.address = address
        self.width_mm = width_mm
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def print_label(self, order, pick_list):
        text = f'{pick_list} {order.number} {order.customer.name}, {order.customer.city}'
        self._socket.sendto(text.encode(), self.address)


def make_pricing(tax_rate, regular_discount):
    """The shop's price function. Rounding differences are summed up per thread for the bookkeeper."""
    rounding = threading.local()

    def price(order):
        net = sum((p.price * n for p, n in order.lines.items()), Decimal())
        if order.customer.is_regular:
            net *= 1 - regular_discount
        exact = net * (1 + tax_rate)
        total = exact.quantize(CENT, ROUND_HALF_UP)
        rounding.total = getattr(rounding, 'total', Decimal()) + total - exact
        return total

    return price


class Shop:
    def __init__(self, config, products, levels):
        self.config = config
        self.products = {product.sku: product for product in products}
        self.stock = Stock(levels)
        self.printer = LabelPrinter(config['printer']['address'])
        self.price = make_pricing(config['tax_rate'], config['discounts']['regular'])
        self.customers = {}
        self.orders = []
        self.on_reserved = [self.printer.print_label]

    def order(self, name, city, placed, **quantities):
        customer = self.customers.setdefault(name, Customer(name, city, since=placed.date()))
        lines = {self.products[sku]: n for sku, n in quantities.items()}
        self.orders.append(Order(1000 + len(self.orders), customer, placed, lines))

    def process(self):
        ledger = self.config['storage']['ledger']['connection']
        for order in self.orders:
            pick_list = self.stock.reserve(order)
            if pick_list:
                for callback in self.on_reserved:
                    callback(order, pick_list)
                ledger.execute(
                    'insert into sales values (?, ?, ?)', (order.number, order.customer.name, str(self.price(order)))
                )
        ledger.commit()


def open_ledger(path):
    connection = sqlite3.connect(path)
    connection.execute('create table if not exists sales (number integer primary key, customer text, total text)')
    return connection


def main():
    products = [
        Product('tea', 'Darjeeling, 250 g', Decimal('11.90')),
        Product('pot', 'Teapot, cast iron', Decimal('64.00')),
        Product('cup', 'Cup, porcelain', Decimal('7.45')),
        Product('tin', 'Tea tin, 500 ml', Decimal('5.80')),
    ]
    config = {
        'tax_rate': Decimal('0.19'),
        'discounts': {'regular': Decimal('0.05')},
        'printer': {'address': ('127.0.0.1', 9100)},
        'storage': {
            'ledger': {'path': ':memory:', 'connection': open_ledger(':memory:')},
            'keep': timedelta(days=3650),
        },
    }
    shop = Shop(config, products, levels={'tea': 40, 'pot': 2, 'cup': 30, 'tin': 12})
    morning = datetime(2024, 3, 4, 8, 15)
    shop.order('Ada Marten', 'Lübeck', morning, tea=2, tin=1)
    shop.order('Jonas Weil', 'Graz', morning + timedelta(minutes=12), pot=1, cup=4)
    shop.order('Ada Marten', 'Lübeck', morning + timedelta(minutes=31), cup=2)
    shop.order('Teahouse Yun', 'Basel', morning + timedelta(hours=1), tea=20, pot=2, cup=12)
    shop.order('Ada Marten', 'Lübeck', morning + timedelta(hours=5), tea=1)
    shop.process()
    return shop


def print_day(shop):
    for order in shop.orders:
        total = shop.price(order) if order.status is Status.RESERVED else '-'
        print(f'{order.number}  {order.customer.name:<14}{order.status.value:<12}{total:>9}')
    print(f'short of: {", ".join(shop.stock.shortages) or "nothing"}')


if __name__ == '__main__':
    shop = main()
    print_day(shop)
