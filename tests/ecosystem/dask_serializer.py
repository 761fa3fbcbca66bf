"""A dask preload: scheduler, nannies and workers serialize with dill what they would serialize with cloudpickle."""

import distributed.protocol.pickle as serializer

import dill

written = []


def dumps(obj, *, buffer_callback=None, protocol=dill.HIGHEST_PROTOCOL):
    protocol = protocol or dill.HIGHEST_PROTOCOL
    buffers = []
    data = dill.dumps(obj, protocol, recurse=True, buffer_callback=buffers.append if protocol >= 5 else None)
    if buffer_callback is None and buffers:
        data = dill.dumps(obj, protocol, recurse=True)
    else:
        for buffer in buffers:
            buffer_callback(buffer)
    written.append(type(obj).__name__)
    return data


def loads(data, *, buffers=()):
    return dill.loads(data, buffers=buffers)


serializer.dumps, serializer.loads = dumps, loads
