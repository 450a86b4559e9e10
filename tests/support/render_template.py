#!/usr/bin/env python3
"""The oracle for chat templates: jinja2, set up as Hugging Face transformers does.

render_template.py FILE.jinja VARIABLES.json   prints the rendered text
render_template.py --expect FOLDER             writes what jinja2 gives into FOLDER's files:
    snippets.json       each of its snippets gets expected or error
    expected.json       made from chat/*.jinja and conversations.json
"""
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime(2024, 7, 26, 12, 30, 5, tzinfo=timezone.utc)


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def environment():
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = NOW.strftime
    return made


def render(source, variables):
    return environment().from_string(source).render(**variables)


def outcome(source, variables):
    try:
        return {"expected": render(source, variables)}
    except Exception as error:  # whatever jinja2 or the template's Python semantics refuse
        return {"error": str(error)}


def dump(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def expect(folder):
    table = json.loads((folder / "snippets.json").read_text())
    table["snippets"] = [
        {"template": snippet["template"]} | outcome(snippet["template"], table["variables"])
        for snippet in table["snippets"]
    ]
    dump(folder / "snippets.json", table)
    conversations = json.loads((folder / "conversations.json").read_text())
    expected = {}
    for template in sorted((folder / "chat").glob("*.jinja")):
        source = template.read_text()
        expected[template.stem] = {
            name: outcome(source, {"tools": None, "documents": None} | variables)
            for name, variables in conversations.items()
        }
    dump(folder / "expected.json", expected)


def main():
    if sys.argv[1] == "--expect":
        return expect(Path(sys.argv[2]))
    variables = json.loads(Path(sys.argv[2]).read_text())
    sys.stdout.write(render(Path(sys.argv[1]).read_text(), variables))


if __name__ == "__main__":
    main()
