# needs: datasets
"""Hugging Face datasets: fingerprints of functions are upstream's, so caches stay valid; map() in several processes."""

import datasets
import pytest
from datasets.fingerprint import Hasher

HASHES = r"""
import collections, functools, re, sys
import numpy, pandas, pyarrow
from datasets.fingerprint import Hasher
from dataclasses import dataclass

SCALE = 3
TABLE = {'b': 1, 'a': [2, {'c'}]}

def plain(example):
    return {'x': example['x'] * SCALE}

def user_of_globals(example):
    return plain(example) if TABLE else numpy.array(example['x'])

def outer(pattern, by=2):
    def inner(example):
        return [pattern.sub('', word) * by for word in example['words']]
    return inner

class Tokenizer:
    words = {'a': 1, 'b': 2}
    def __init__(self, size):
        self.size, self.pattern = size, re.compile(r'\w+')
    def __call__(self, example):
        return self.pattern.findall(example['text'])[:self.size]
    @classmethod
    def make(cls):
        return cls(4)
    @staticmethod
    def clean(text):
        return text.strip()
    @property
    def length(self):
        return len(self.words)

@dataclass
class Options:
    size: int = 3
    names: tuple = ('a', 'b')

Pair = collections.namedtuple('Pair', 'left right')

class Generic(Tokenizer):
    def __call__(self, example):
        return super().__call__(example)

def recursive(n):
    return n and recursive(n - 1)

values = dict(
    lambda_=lambda x: x, plain=plain, user_of_globals=user_of_globals, recursive=recursive,
    closure=outer(re.compile('a+', re.I)), closure_of_default=outer(re.compile(b'[0-9]'), by=3),
    partial=functools.partial(plain, example={'x': 1}), partial_of_closure=functools.partial(outer, by=4),
    regex=re.compile(r'(?P<name>\d+)'), regex_flags=re.compile('x', re.M | re.S), cls=Tokenizer, instance=Tokenizer(3),
    method=Tokenizer(2).__call__, classmethod=Tokenizer.make, staticmethod=Tokenizer.clean, dataclass=Options,
    options=Options(), pair=Pair(1, 2), super=Generic(1), dict={'b': 1, 'a': 2}, set={3, 1, 2},
    strings=['x', 'x', 'y', 'x' * 100], nested=[{('k', 1): {2, 3}}], array=numpy.arange(6).reshape(2, 3),
    dtype=numpy.dtype('f8'), frame=pandas.DataFrame({'a': [1, 2]}), table=pyarrow.table({'a': [1, 2, 3]}),
    range=range(3), slice=slice(1), none=None, ellipsis=..., complex=1j, bytes=b'abc', type_=int, module=collections,
    code=plain.__code__, lru=functools.lru_cache(plain), generator_function=(lambda: (yield 1)), builtin=len,
)
for name, value in values.items():
    try:
        print(name, Hasher.hash(value))
    except Exception as error:
        print(name, type(error).__name__)
"""


def test_hashes_are_upstreams(run, run_upstream):
    ours, theirs = (dict(line.split() for line in each(HASHES).splitlines()) for each in (run, run_upstream))
    assert len(ours) == 39
    assert {name: (value, theirs[name]) for name, value in ours.items() if value != theirs[name]} == {}


def test_equal_functions_hash_equal_and_others_do_not():
    def adder(by):
        return lambda example: example + by

    assert Hasher.hash(adder(1)) == Hasher.hash(adder(1))
    assert Hasher.hash(adder(1)) != Hasher.hash(adder(2))
    assert Hasher.hash({'a': 1, 'b': 2}) == Hasher.hash({'b': 2, 'a': 1})


def test_map_finds_its_cache(tmp_path):
    path = tmp_path / 'lines.jsonl'
    path.write_text(''.join(f'{{"x": {n}}}\n' for n in range(100)))
    dataset = datasets.load_dataset('json', data_files=str(path), split='train', cache_dir=str(tmp_path / 'cache'))
    calls = []

    def double(by):
        def inner(example):
            return {'y': example['x'] * by}

        return inner

    first, second = dataset.map(double(2)), dataset.map(double(2))
    assert first['y'][:3] == [0, 2, 4]
    assert first._fingerprint == second._fingerprint
    assert first.cache_files == second.cache_files
    assert dataset.map(double(3))._fingerprint != first._fingerprint


@pytest.mark.parametrize('batched', [False, True])
def test_map_and_filter_in_two_processes(batched):
    dataset = datasets.Dataset.from_dict({'x': list(range(50))})
    shift = 7

    def add(value):
        return [each + shift for each in value] if batched else value + shift

    mapped = dataset.map(lambda example: {'y': add(example['x'])}, num_proc=2, batched=batched)
    assert list(mapped['y']) == [n + 7 for n in range(50)]
    kept = mapped.filter(lambda example: example['y'] % 2 == 0, num_proc=2)
    assert all(value % 2 == 0 for value in kept['y'])


def test_dataset_itself():
    import dill

    dataset = datasets.Dataset.from_dict({'x': [1, 2, 3]}).with_transform(lambda batch: {'z': [-x for x in batch['x']]})
    assert dill.copy(dataset)[:]['z'] == [-1, -2, -3]
