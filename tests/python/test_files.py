"""Files in the three modes of `fmode`: the bytes of upstream, and what a load makes of them."""

import json

import pytest

DUMP = r"""
import _pyio, io, json, os, sys, tempfile
import dill
os.chdir(sys.argv[1])

def reset():
    with open('text', 'w') as file: file.write('hello world\nsecond\n')
    with open('binary', 'wb') as file: file.write(b'binary ok')
    for name in os.listdir('.'):
        if name.startswith('new'): os.remove(name)

answers = {}

def dumps(label, file, protocol, fmode):
    try:
        answers[f'{label} {protocol} {fmode}'] = dill.dumps(file, protocol, fmode=fmode).hex()
    except Exception as error:
        answers[f'{label} {protocol} {fmode}'] = f'{type(error).__name__}: {error}'

for open_ in (io.open, _pyio.open):
    for mode in 'r w a x r+ w+ a+ x+ rb wb ab xb r+b w+b rb+'.split():
        for closed in (False, True):
            for fmode in (0, 1, 2):
                for buffering in (-1, 0) if 'b' in mode else (-1, 1):
                    reset()
                    name = 'new' if 'x' in mode else 'binary' if 'b' in mode else 'text'
                    file = open_(name, mode, buffering)
                    if 'r' in mode:
                        file.read(3)
                    else:
                        file.write(b'abc' if 'b' in mode else 'abc')
                    if closed:
                        file.close()
                    for protocol in (0, 2, 4):
                        dumps(f'{open_.__module__} {mode} {closed} {buffering}', file, protocol, fmode)
                    file.close()
others = dict(
    stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, stdoutb=sys.stdout.buffer,
    descriptor=open(os.dup(1), 'w'), wrapped=io.TextIOWrapper(io.BytesIO()), reader=io.BufferedReader(io.BytesIO(b'a')),
    pipe=os.fdopen(os.pipe()[1], 'w'), null=open(os.devnull), both=[sys.stdin, sys.stdin])
for label, file in others.items():
    for fmode in (0, 1, 2):
        dumps(label, file, 4, fmode)
print(json.dumps(answers))
"""

LOAD = r"""
import json, os, sys
import dill
os.chdir(sys.argv[1])
answers = {}
for label, pickled in json.load(sys.stdin).items():
    if ':' in label or 'Error' in pickled or label.startswith(('std', 'raw', 'desc', 'pipe', 'null', 'both')):
        continue
    for content in (None, 'hello world\nsecond\n', 'short', 'much longer than the file was ' * 3):
        for name in ('text', 'binary', 'new'):
            if os.path.exists(name): os.remove(name)
            if content is not None:
                with open(name, 'w') as file: file.write(content)
        try:
            file = dill.loads(bytes.fromhex(pickled))
            answer = [file.closed, file.mode, str(file.name) if isinstance(file.name, str) else 'descriptor']
            if not file.closed:
                answer.append(file.tell())
                file.close()
        except Exception as error:
            answer = [type(error).__name__]
        for name in ('text', 'binary', 'new'):
            answer.append(open(name).read() if os.path.exists(name) else None)
        answers[f'{label} {content and len(content)}'] = answer
print(json.dumps(answers))
"""


@pytest.fixture(scope='module')
def streams(run_python, run_peer, tmp_path_factory):
    folder = tmp_path_factory.mktemp('files')
    return json.loads(run_python(DUMP, folder).ok()), json.loads(run_peer(DUMP, folder).ok())


def test_same_bytes(streams):
    ours, theirs = streams
    assert len(theirs) > 500
    assert {label: (ours[label], stream) for label, stream in theirs.items() if ours[label] != stream} == {}


def test_loaded_the_same(streams, run_python, run_peer, tmp_path):
    given = json.dumps(streams[1])
    ours, theirs = (json.loads(run(LOAD, tmp_path, stdin=given).ok()) for run in (run_python, run_peer))
    assert len(theirs) > 500
    assert {label: (ours[label], answer) for label, answer in theirs.items() if ours[label] != answer} == {}
