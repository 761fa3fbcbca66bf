# needs: torch
"""PyTorch: pickle_module=dill, for modules that hold lambdas and local classes."""

import io

import pytest
import torch

import dill


def model():
    class Scale(torch.nn.Module):
        def __init__(self, by):
            super().__init__()
            self.by = torch.nn.Parameter(torch.tensor(float(by)))
            self.after = lambda x: x + 1

        def forward(self, x):
            return self.after(x * self.by)

    return torch.nn.Sequential(torch.nn.Linear(2, 2), Scale(3))


@pytest.mark.parametrize('zipped', [True, False])
def test_save_and_load(zipped, tmp_path):
    path, made = tmp_path / 'model.pt', model()
    torch.save(made, path, pickle_module=dill, _use_new_zipfile_serialization=zipped)
    loaded = torch.load(path, pickle_module=dill, weights_only=False)
    x = torch.ones(1, 2)
    assert torch.equal(loaded(x), made(x))
    assert loaded[1].after(1) == 2


def test_state_dict_with_functions():
    made, file = model(), io.BytesIO()
    optimizer = torch.optim.SGD(made.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
    state = {'model': made.state_dict(), 'schedule': schedule, 'note': lambda: 'kept'}
    torch.save(state, file, pickle_module=dill)
    file.seek(0)
    loaded = torch.load(file, pickle_module=dill, weights_only=False)
    assert loaded['note']() == 'kept'
    assert loaded['schedule'].lr_lambdas[0](2) == 0.25
    other = model()
    other.load_state_dict(loaded['model'])
    assert torch.equal(other[0].weight, made[0].weight)


def test_map_location_and_shared_storage():
    base, file = torch.arange(6.0), io.BytesIO()
    torch.save({'base': base, 'view': base[2:4]}, file, pickle_module=dill)
    file.seek(0)
    loaded = torch.load(file, map_location='cpu', pickle_module=dill, weights_only=False)
    loaded['base'][2] = 100
    assert loaded['view'][0] == 100


def test_fresh_process(tmp_path, run):
    path = str(tmp_path / 'model.pt')
    write = """
import dill, sys, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(self.layer.weight, 2)
        self.after = lambda x: x + 1
    def forward(self, x):
        return self.after(self.layer(x))
torch.save(Net(), sys.argv[1], pickle_module=dill)
"""
    read = 'import sys, torch; print(torch.load(sys.argv[1], pickle_module=dill, weights_only=False)(torch.ones(1)))'
    run(write, path)
    assert run(read, path).startswith('tensor([3.]')


BYTES = """
import hashlib, torch
# Without tensors: torch writes the addresses of their storages.
values = dict(
    dtype=torch.float32, device=torch.device('cpu'), size=torch.Size([1, 2]), function=torch.relu, cls=torch.nn.Linear,
    closure=lambda x: torch.relu(x), module=torch,
    local=type('Local', (torch.nn.Module,), {'forward': lambda self, x: x}),
)
for name, value in values.items():
    try:
        print(name, hashlib.sha256(dill.dumps(value)).hexdigest())
    except Exception as error:
        print(name, type(error).__name__)
"""


def test_bytes_are_upstreams(run, run_upstream):
    ours, theirs = (each(BYTES, PYTHONHASHSEED='1').splitlines() for each in (run, run_upstream))
    assert len(ours) == 8
    assert [pair for pair in zip(ours, theirs) if pair[0] != pair[1]] == []


def test_data_loader_workers():
    scale = 3
    scaled = lambda values: [scale * value for value in values]
    loader = torch.utils.data.DataLoader(list(range(8)), batch_size=4, num_workers=2, collate_fn=scaled)
    assert list(loader) == [[0, 3, 6, 9], [12, 15, 18, 21]]
    assert list(dill.copy(loader)) == [[0, 3, 6, 9], [12, 15, 18, 21]]
