"""Writes the corpus: python generate.py FOLDER.

FOLDER/manifest.json lists the files with their class (hostile, benign, bomb), kind, label and, for hostile ones, the
callable that runs. Deterministic: the same Python with the same packages writes the same bytes. What is called hostile
here is only meant so; truth.py finds out what executes.
"""

import json
import shutil
import sys
import warnings
from pathlib import Path

import benign
import benign_libraries
import bombs
import hostile_files
import hostile_streams
import planted

warnings.simplefilter('ignore')


def main(folder):
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entries = []

    def write(group, kind, label, content, extension, gadget=''):
        name = f'{group}-{len(entries):05}{extension}'
        (folder / name).write_bytes(content)
        entries.append({'file': name, 'class': group, 'kind': kind, 'label': label, 'gadget': gadget})

    for kind, label, content, gadget in hostile_streams.samples():
        write('hostile', kind, label, content, '.pkl', gadget)
    for kind, label, content, extension, gadget in hostile_files.samples():
        write('hostile', kind, label, content, extension, gadget)
    for label, content in planted.samples():
        write('hostile', 'planted', label, content, '.pkl')
    for kind, label, content, extension in benign.samples():
        write('benign', kind, label, content, extension)
    left_out = []
    for kind, label, content, extension in benign_libraries.samples(left_out):
        write('benign', kind, label, content, extension)
    for kind, label, content, extension in bombs.samples():
        write('bomb', kind, label, content, extension)
    (folder / 'manifest.json').write_text(json.dumps(entries, indent=0))
    print(f'{len(entries)} files; no files of: {", ".join(left_out) or "nothing was left out"}')


if __name__ == '__main__':
    main(sys.argv[1])
