"""Asks dill.source everything about each object and prints the answers as one JSON document."""
import hashlib
import json
import linecache
import re
import types
import warnings

QUESTIONS = {
    'findsource': lambda s, o: s.findsource(o)[1],
    'getsourcelines': lambda s, o: s.getsourcelines(o),
    'getsourcelines lstrip': lambda s, o: s.getsourcelines(o, lstrip=True),
    'getsourcelines enclosing': lambda s, o: s.getsourcelines(o, enclosing=True),
    'getblocks': lambda s, o: s.getblocks(o),
    'getblocks lstrip': lambda s, o: s.getblocks(o, lstrip=True),
    'getblocks locate': lambda s, o: s.getblocks(o, locate=True),
    'getblocks enclosing locate': lambda s, o: s.getblocks(o, enclosing=True, locate=True),
    'getblocks lstrip enclosing': lambda s, o: s.getblocks(o, lstrip=True, enclosing=True),
    'getblocks_from_history': lambda s, o: s.getblocks_from_history(o),
    'getsource': lambda s, o: s.getsource(o),
    'getsource alias': lambda s, o: s.getsource(o, alias='other_name'),
    'getsource same alias': lambda s, o: s.getsource(o, alias=getattr(o, '__name__', 'x')),
    'getsource alias squared': lambda s, o: s.getsource(o, alias='squared'),
    'getsource lstrip': lambda s, o: s.getsource(o, lstrip=True),
    'getsource enclosing': lambda s, o: s.getsource(o, enclosing=True),
    'getsource enclosing alias': lambda s, o: s.getsource(o, alias='other_name', enclosing=True),
    'getsource enclosing lstrip': lambda s, o: s.getsource(o, enclosing=True, lstrip=True),
    'getsource force': lambda s, o: s.getsource(o, force=True),
    'getsource force alias': lambda s, o: s.getsource(o, alias='other_name', force=True),
    'getsource force builtin': lambda s, o: s.getsource(o, force=True, builtin=True),
    'getsource force builtin alias': lambda s, o: s.getsource(o, alias='other_name', force=True, builtin=True),
    'getsource builtin': lambda s, o: s.getsource(o, builtin=True),
    'getsource force enclosing': lambda s, o: s.getsource(o, force=True, enclosing=True),
    'getsource force lstrip': lambda s, o: s.getsource(o, force=True, lstrip=True),
    'isfrommain': lambda s, o: s.isfrommain(o),
    'isdynamic': lambda s, o: s.isdynamic(o),
    'getname': lambda s, o: s.getname(o),
    'getname force': lambda s, o: s.getname(o, force=True),
    'getname fqn': lambda s, o: s.getname(o, fqn=True),
    'getname force fqn': lambda s, o: s.getname(o, force=True, fqn=True),
    '_get_name': lambda s, o: s._get_name(o),
    '_namespace': lambda s, o: s._namespace(o),
    'getimport': lambda s, o: s.getimport(o),
    'getimport alias': lambda s, o: s.getimport(o, alias='other_name'),
    'getimport builtin': lambda s, o: s.getimport(o, builtin=True),
    'getimport builtin alias': lambda s, o: s.getimport(o, alias='other_name', builtin=True),
    'getimport unverified': lambda s, o: s.getimport(o, verify=False),
    'getimport unverified alias': lambda s, o: s.getimport(o, alias='other_name', verify=False),
    'getimport enclosing': lambda s, o: s.getimport(o, enclosing=True),
    'likely_import': lambda s, o: s.likely_import(o),
    'likely_import passive': lambda s, o: s.likely_import(o, passive=True),
    'likely_import explicit': lambda s, o: s.likely_import(o, explicit=True),
    'likely_import passive explicit': lambda s, o: s.likely_import(o, passive=True, explicit=True),
    'importable': lambda s, o: s.importable(o),
    'importable alias': lambda s, o: s.importable(o, alias='other_name'),
    'importable source': lambda s, o: s.importable(o, source=True),
    'importable source alias': lambda s, o: s.importable(o, alias='other_name', source=True),
    'importable import': lambda s, o: s.importable(o, source=False),
    'importable import alias': lambda s, o: s.importable(o, alias='other_name', source=False),
    'importable not builtin': lambda s, o: s.importable(o, builtin=False),
    'importable source not builtin': lambda s, o: s.importable(o, source=True, builtin=False),
    'getimportable': lambda s, o: s.getimportable(o),
    'getimportable alias': lambda s, o: s.getimportable(o, alias='other_name'),
    'getimportable not byname': lambda s, o: s.getimportable(o, byname=False),
    'getimportable explicit': lambda s, o: s.getimportable(o, explicit=True),
    'getimportable all': lambda s, o: s.getimportable(o, 'other_name', False, True),
    '_importable': lambda s, o: s._importable(o),
    '_importable alias': lambda s, o: s._importable(o, alias='other_name'),
    '_importable source': lambda s, o: s._importable(o, source=True),
    '_importable source alias': lambda s, o: s._importable(o, alias='other_name', source=True),
    '_importable import': lambda s, o: s._importable(o, source=False),
    '_importable source enclosing': lambda s, o: s._importable(o, source=True, enclosing=True),
    '_importable source enclosing alias': lambda s, o: s._importable(o, 'other_name', source=True, enclosing=True),
    '_importable source no force': lambda s, o: s._importable(o, source=True, force=False),
    '_importable no force': lambda s, o: s._importable(o, force=False),
    '_importable not builtin': lambda s, o: s._importable(o, builtin=False),
    '_importable source not builtin': lambda s, o: s._importable(o, source=True, builtin=False),
    '_importable source no lstrip': lambda s, o: s._importable(o, source=True, lstrip=False),
    '_closuredimport': lambda s, o: s._closuredimport(o),
    '_closuredimport alias': lambda s, o: s._closuredimport(o, alias='other_name'),
    '_closuredimport builtin': lambda s, o: s._closuredimport(o, builtin=True),
    '_closuredsource': lambda s, o: s._closuredsource(o),
    '_closuredsource alias': lambda s, o: s._closuredsource(o, alias='other_name'),
    '_enclose': lambda s, o: s._enclose(o),
    '_enclose alias': lambda s, o: s._enclose(o, alias='other_name'),
    'dumpsource': lambda s, o: s.dumpsource(o),
    'dumpsource alias': lambda s, o: s.dumpsource(o, alias='other_name'),
    'dumpsource new': lambda s, o: s.dumpsource(o, new=True),
    'dumpsource bare': lambda s, o: s.dumpsource(o, enclose=False),
    'dumpsource bare alias': lambda s, o: s.dumpsource(o, alias='other_name', enclose=False),
    'dumpsource new bare': lambda s, o: s.dumpsource(o, new=True, enclose=False),
    'dumpsource new bare alias': lambda s, o: s.dumpsource(o, alias='other_name', new=True, enclose=False),
    '_hascode': lambda s, o: s._hascode(o),
    '_isinstance': lambda s, o: s._isinstance(o),
    '_intypes': lambda s, o: s._intypes(o),
    '_isstring': lambda s, o: s._isstring(o),
}


def plain(value):
    """A value that JSON can hold: text stays text, addresses are taken out."""
    if isinstance(value, str):
        value = re.sub('0x[0-9a-f]{6,}', '0xADDRESS', value)
        return value if len(value) < 9000 else f'{value[:200]}... {hashlib.sha1(value.encode()).hexdigest()}'
    if isinstance(value, (list, tuple)) and len(value) > 300:
        return plain(repr(value))
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(plain, value)]
    if isinstance(value, (int, type(None))):
        return value
    return ['object', plain(repr(value))]


def answer(ask, obj):
    import dill.source

    if isinstance(obj, types.ModuleType):
        # Upstream adds its alias lines to the lines that linecache keeps.
        linecache.clearcache()
    try:
        return plain(ask(dill.source, obj))
    except Exception as error:
        return ['raised', type(error).__name__, plain(str(error))]


def tell(objects):
    warnings.simplefilter('ignore')
    print(json.dumps({name: {q: answer(ask, obj) for q, ask in QUESTIONS.items()} for name, obj in objects.items()}))
