#!/usr/bin/env python3
"""Names of the 1000 ImageNet classes, from WordNet 3.0.

    make_names.py [DATA.NOUN]

reads the synset ids from imagenet-1k.txt beside this file, looks each one up in WordNet's data.noun (Debian: package wordnet-base)
and writes the file anew: WordNet's notice, then one class a line, its id, a tab, its name. The id is "n" and the place of the
synset in data.noun, in bytes; the order of the ids is the order of the classes.

A name is the first word of the synset. Where two classes share it (whatever the case), the second word is added; a synset of one
word gets the first word of the next broader synset instead, in brackets.
"""
import collections
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIST = HERE / "imagenet-1k.txt"
CLASSES = 1000
HYPERNYM = "@"


def fail(text):
    sys.exit("make_names.py: " + text)


def record(data, offset):
    """Words and broader synsets of the noun at this place (the form of the line: wndb(5WN))."""
    if not data.startswith(b"%08d " % offset, offset):
        fail("no synset at %08d; is this WordNet 3.0?" % offset)
    fields = data[offset : data.index(b"\n", offset)].decode("ascii").split()
    count = int(fields[3], 16)
    words = [fields[4 + 2 * i].replace("_", " ") for i in range(count)]
    at = 4 + 2 * count
    pointers = [fields[at + 1 + 4 * i : at + 5 + 4 * i] for i in range(int(fields[at]))]
    return words, [int(p[1]) for p in pointers if p[0] == HYPERNYM and p[2] == "n"]


def notice(data):
    """The licence at the head of data.noun, without its line numbers."""
    lines = []
    for line in data.decode("ascii").splitlines():
        if not line.startswith("  "):
            break
        lines.append(line.strip().partition(" ")[2].rstrip())
    return lines


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet/data.noun")
    data = source.read_bytes()
    ids = [line.split("\t")[0] for line in LIST.read_text("ascii").splitlines() if not line.startswith("#")]
    if len(ids) != CLASSES or ids != sorted(set(ids)):
        fail("expected %d different ids in order" % CLASSES)
    synsets = [record(data, int(i[1:])) for i in ids]
    shared = collections.Counter(words[0].lower() for words, _ in synsets)

    def name(words, broader):
        if shared[words[0].lower()] == 1:
            return words[0]
        if len(words) > 1:
            return words[0] + ", " + words[1]
        return words[0] + " (" + record(data, broader[0])[0][0] + ")"

    names = [name(*synset) for synset in synsets]
    if len({n.lower() for n in names}) != CLASSES:
        fail("two classes have the same name")
    head = ["The names below are from WordNet 3.0, selected by make_names.py.", ""] + notice(data)
    LIST.write_text("".join(("# " + line).rstrip() + "\n" for line in head) + "".join("%s\t%s\n" % pair for pair in zip(ids, names)), "ascii")


main()
