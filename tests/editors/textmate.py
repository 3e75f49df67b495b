"""Colors a text with a TextMate grammar: prints each line, and a letter for what each character is.

usage: textmate.py GRAMMAR TEXT
"""
import json
import re
import sys

LETTERS = {"comment": "c", "string": "s", "storage.modifier": "a", "storage.type": "d",
           "keyword.control": "k", "keyword.operator.logical": "o", "constant.language": "l",
           "constant.numeric": "n", "support.function": "f"}


def letter(scope):
    fits = [prefix for prefix in LETTERS if scope.startswith(prefix)]
    return LETTERS[max(fits, key=len)] if fits else " "


def paint(patterns, line, begin, end, out):
    """The leftmost match wins, then the first pattern, as in every reader of such grammars."""
    at = begin
    while at < end:
        found = [(m.start(), k, m) for k, (p, _) in enumerate(patterns)
                 if (m := p.search(line, at, end)) and m.end() > m.start()]
        if not found:
            return
        _, k, match = min(found)
        rule = patterns[k][1]
        out[match.start():match.end()] = letter(rule.get("name", "")) * len(match[0])
        for group, capture in rule.get("captures", {}).items():
            first, last = match.span(int(group))
            if "name" in capture:
                out[first:last] = letter(capture["name"]) * (last - first)
            else:
                paint(patterns, line, first, last, out)
        at = match.end()


with open(sys.argv[1], encoding="utf-8") as file:
    grammar = [(re.compile(rule["match"]), rule) for rule in json.load(file)["patterns"]]
with open(sys.argv[2], encoding="utf-8") as file:
    for text in file.read().splitlines():
        colors = [" "] * len(text)
        paint(grammar, text, 0, len(text), colors)
        print(text)
        print("".join(" " if c == " " else k for c, k in zip(text, colors)).rstrip())
