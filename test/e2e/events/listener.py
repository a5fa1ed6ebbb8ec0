"""An event listener for tests: writes down what it is sent, and answers as it was told.

listener.py RECORD [--greet TEXT] [ANSWER...]

RECORD gets one line of JSON for each event. The first event in it gets the first answer and so on, whichever process
wrote it; the last answer stays.
"""
import io
import json
import os
import sys

EVENTS = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="\n")


def say(text):
    os.write(1, text.encode())


def answer(word):
    """Returns whether to go on as a listener does."""
    if word == "ok":
        say("RESULT 2\nOK")
    elif word == "fail":
        say("RESULT 4\nFAIL")
    elif word == "die":
        sys.exit(3)
    elif word == "hang":
        while os.read(0, 1):
            pass
        sys.exit(0)
    elif word == "pieces":
        for character in "RESULT 2\nOK":
            say(character)
    elif word == "bad":
        say("RESULT many\n")
        return False
    elif word == "newline":
        say("RESULT 2\nOK\n")
    elif word == "prefix":
        say("GARBAGE 2\nOK"[:7] + "2\nOK")
    elif word == "long":
        say("RESULT 100000\n" + "x" * 100000)
    elif word == "noise":
        say("RESULT 2\nOKREADY\nnoise")
        return False
    return True


def main():
    record, words, greeting = sys.argv[1], sys.argv[2:], "READY\n"
    if words[:1] == ["--greet"]:
        greeting, words = words[1].encode().decode("unicode_escape"), words[2:]
    words = words or ["ok"]
    count = 0
    if os.path.exists(record):
        with open(record, encoding="utf-8") as file:
            count = len(file.readlines())
    say(greeting)
    while True:
        header = EVENTS.readline()
        if not header:
            return
        fields = dict(field.split(":", 1) for field in header.split())
        payload = EVENTS.read(int(fields["len"]))
        with open(record, "a", encoding="utf-8") as file:
            file.write(json.dumps({"header": header.rstrip("\n"), "payload": payload}) + "\n")
        word = words[min(count, len(words) - 1)]
        count += 1
        if answer(word):
            say("READY\n")


main()
