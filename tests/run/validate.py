"""validate.py SCHEMA FILE...: says of each YAML file whether it is valid by a JSON Schema, with python3-jsonschema:
a line "valid FILE", or "invalid FILE: problem; problem...".

YAML is read as editors read it, with the core schema of YAML 1.2 for plain scalars. Without arguments it only says
whether the validator is there: exit code 77 and the reason when it is not.
"""
import json
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(missing)
    sys.exit(77)


class Core(yaml.SafeLoader):
    """Plain scalars: null, true, false, integers and floats of YAML 1.2; all else is text."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"(~|null|Null|NULL|)$", "~nN\0"),
    ("bool", r"(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+0123456789."),
]:
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first.replace("\0", "")) or None)
Core.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"$"), [""])
Core.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))

if len(sys.argv) > 1:
    with open(sys.argv[1]) as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in sys.argv[2:]:
        with open(path) as file:
            problems = list(validator.iter_errors(yaml.load(file, Core)))
        texts = ["%s: %s" % ("/".join(map(str, p.absolute_path)), p.message[:200]) for p in problems]
        print("invalid %s: %s" % (path, "; ".join(texts)) if texts else "valid %s" % path)
