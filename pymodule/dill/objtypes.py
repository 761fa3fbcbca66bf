"""dill.types: the types of the samples in dill.objects, by name. dill.load_types() fills both."""

from dill import objects

for _name, _sample in objects.items():
    globals()[_name] = type(_sample)
    del _name, _sample
del objects
