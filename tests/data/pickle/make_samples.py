"""Makes the sample pickles of this folder and what pickletools.genops reads in them.

    python3.11 make_samples.py            # all but the dill_* files
    python3.11 make_samples.py --dill     # the dill_* files; needs upstream dill 0.4.1

Beside each NAME.pkl stands NAME.ops: one line an opcode, "offset NAME argument". The argument is "-", an integer, the
bits of a float (x and 16 digits), or "length:crc32" of a text (as UTF-8) or of bytes. NAME.frames has instead the
opcodes FRAME of pickle._Pickler, for the encoder.
"""

import collections
import datetime
import decimal
import pathlib
import pickle
import pickletools
import struct
import sys
import zlib

HERE = pathlib.Path(__file__).parent
LATIN1 = {"BINSTRING", "SHORT_BINSTRING"}


def crc(data):
    return f"{len(data)}:{zlib.crc32(data):08x}"


def argument(name, value):
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return "x" + struct.pack(">d", value).hex()
    if isinstance(value, str):
        return crc(value.encode("latin-1") if name in LATIN1 else value.encode("utf-8", "surrogatepass"))
    return crc(bytes(value))


def write(name, data):
    (HERE / f"{name}.pkl").write_bytes(data)
    lines = [f"{position} {code.name} {argument(code.name, value)}" for code, value, position in pickletools.genops(data)]
    (HERE / f"{name}.ops").write_text("\n".join(lines) + "\n")


def stdlib_object(many):
    shared = [1, 2.5, "shared"]
    cycle = {"name": "cycle", "shared": shared}
    cycle["self"] = cycle
    inner = []
    recursive = (inner, "t")
    inner.append(recursive)
    return {
        "none": None,
        "flags": [True, False],
        "ints": [0, 255, 256, 65535, 65536, -1, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63), 2**63, -(2**100), 10**80],
        "huge": 1 << 2100,
        "floats": [0.0, -0.0, 1.5, 1e300, 5e-324, float("inf"), float("-inf")],
        "texts": ["", "ascii", "back\\slash \\u0041 \n line", "äöü €", "\U0001f600", "\ud800", "x" * 300],
        "bytes": [b"", b"\x00\xff'\"", bytes(range(256)), b"y" * 300],
        "bytearray": bytearray(b"abc"),
        "set": {7},
        "frozen": frozenset([8]),
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "range": range(1, 10, 2),
        "cycle": cycle,
        "shared": shared,
        "recursive": recursive,
        "ordered": collections.OrderedDict(a=1, b=shared),
        "default": collections.defaultdict(list, {"k": [1]}),
        "date": datetime.datetime(2024, 2, 29, 12, 30),
        "decimal": decimal.Decimal("1.25"),
        "class": collections.Counter,
        "many": list(range(many)),
        (1, "key"): "tuple key",
    }


def hand_made():
    return {
        "inst": b"(S'a'\nI5\nicollections\nOrderedDict\n.",
        "obj": b"(ccollections\nOrderedDict\nK\x01o.",
        "ext": b"(\x82\x01\x83\x02\x01\x84\x03\x00\x01\x00l.",
        "persid": b"(Pan id\nK\x07Ql.",
        "buffers": b"\x80\x05\x97\x98\x97\x86.",
        "long_text": b"(L5L\nL-123456789012345678901234567890L\nL0\nI00\nI01\nI-7\nl.",
        "get_put": b"(lp0\ng0\na(lp100000\na(lr\x00\x00\x01\x00ag100000\nap7\n.",
        "dup": b"]2a.",
        "pop_mark": b"]((K\x01K\x021K\x03e.",
        "pop": b"K\x01K\x020.",
        "py2_strings": b"(S'it\\'s \\x41\\n\\101'\nS\"double\"\nU\x03\xff\xfeaT\x04\x00\x00\x00long\x8a\x00l.",
        "unicode_text": b"(Vplain\nV\\u20ac \\U0001F600 \\\\u0041\nV\xe4\nl.",
        "wide": b"\x80\x04(\x8e\x03\0\0\0\0\0\0\0abc\x94\x8d\x02\0\0\0\0\0\0\0\xc3\xa4j\0\0\0\0"
        b"ccollections\nOrderedDict\n)}X\x01\0\0\0aK\x01s\x92l.",
        "floats_text": b"(F1.5\nF-2e+300\nFinf\nF1e-320\nl.",
    }


def frames():
    """Shapes that decide where pickle._Pickler ends its frames."""
    return {
        "frames_small": (None, 4),
        "frames_target": ([bytes([i]) * 1000 for i in range(140)], 4),
        "frames_large_bytes": ([1, b"b" * 70000, 2, "c" * 70000, 3], 4),
        "frames_bytearray": ([bytearray(b"d" * 70000), b"e" * 65535, b"f" * 65536], 5),
    }


def dill_objects():
    import dill

    namespace = {"__name__": "__main__", "dill": dill}
    exec(
        """
class Point:
    __slots__ = ("x", "y")
    def __init__(self, x, y):
        self.x, self.y = x, y

class Service:
    limit = 3
    def __init__(self):
        self.config = {"db": [1, 2, 3]}
        self.point = Point(1, 2.5)
        self.me = self
    def run(self, times=5, *, word="z"):
        return super().__repr__()

def make():
    connection = [1]
    def inner(q=7):
        return connection
    return inner
""",
        namespace,
    )
    other = {}
    exec("def first(): return second\ndef second(): return first", other)
    service = namespace["Service"]()
    return {
        "dill_service": {"service": service, "function": namespace["make"](), "method": service.run, "module": sys},
        "dill_globals": other["first"],
    }


def main():
    if "--dill" in sys.argv:
        import dill

        for name, value in dill_objects().items():
            write(name, dill.dumps(value, protocol=4))
        return
    for protocol in range(6):
        write(f"stdlib_{protocol}", pickle._dumps(stdlib_object(1100 if protocol == 4 else 40), protocol))
    for name, data in hand_made().items():
        write(name, data)
    for name, (value, protocol) in frames().items():
        data = pickle._dumps(value, protocol)
        lines = [f"{p} {a}" for code, a, p in pickletools.genops(data) if code.name == "FRAME"]
        (HERE / f"{name}.frames").write_text("\n".join([f"total {crc(data)}", *lines]) + "\n")


if __name__ == "__main__":
    main()
