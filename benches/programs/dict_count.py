"""Counting words in a dict: strings and hashing, no numbers to unbox."""

SUITE = "others"
WORDS = ("the quick brown fox jumps over the lazy dog and the cat " * 40_000).split()


def run():
    counts = {}
    for word in WORDS:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    text = ""
    for word in counts:
        text = f"{text}{word}:{counts[word]};"
    return text
