"""docs/findings.md describes every finding of the readers, and no other."""

import pathlib
import re

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ('judgement', 'effects', 'containers')
# Hyphenated texts in the sources that are no ids.
NO_IDS = {
    'loaders': {'c-loads', 'c-bytesio', 'c-file', 'c-3.14', 'python-3.14', 'loaders-differ'},
    'encodings': {
        'latin-1',
        'iso-8859-1',
        'iso8859-1',
        'utf-8',
        'us-ascii',
        'utf-16',
        'utf-32',
        'utf-16-le',
        'utf-16-be',
    },
}
WORDS = {'truncated', 'polyglot', 'link'}  # ids of one word


def ids_in_sources():
    found = set()
    for folder in SOURCES:
        for path in (REPOSITORY / 'core' / 'inspect' / folder).glob('*.[ch]*'):
            if path.suffix not in ('.cpp', '.h') or path.name in (
                'rules.cpp',
                'effects.h',
            ):  # its words are those of the lists
                continue
            text = re.sub(r'//[^\n]*|#include[^\n]*', '', path.read_text())
            found |= set(re.findall(r'"([a-z]+(?:-[a-z0-9.]+)+)"', text))
            found |= {word for word in WORDS if f'"{word}"' in text}
    return found - set().union(*NO_IDS.values())


def ids_in_document():
    text = (REPOSITORY / 'docs' / 'findings.md').read_text()
    return re.findall(r'^\| `([a-z0-9-]+)` \|', text, re.M)


@pytest.mark.skipif(not (REPOSITORY / 'core').exists(), reason='the sources are not here: these are installed tests')
def test_every_id_is_described_once():
    described = ids_in_document()
    assert len(described) == len(set(described))
    assert ids_in_sources() - set(described) == set()
    assert set(described) - ids_in_sources() == set()
