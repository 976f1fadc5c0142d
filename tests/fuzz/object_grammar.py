"""The templates from which objects.py grows programs.

`<I>` stands for an expression that is an int, `<i>` for a variable that holds one, `<S>` and `<s>` are texts, `<B>`
conditions, `<D>` dicts, `<P>` and `<p>` objects of the program's classes, `<X>` lists of ints, `<G>` generators. A line
`<block>` stands for statements, `<risky>` for such as may raise. What stands first in a list of expressions is simple:
deep inside an expression only the first four are chosen. A template that begins with `?` may raise.
"""

# What stands behind a name: expressions (upper case), variables and small parts (lower case).
GRAMMAR = {
    "i": ["i0", "i1", "i2"],
    "k": ["2", "3", "7", "10", "-3", "64"],
    "number": ["0", "1", "-1", "2", "5", "30", "255", "257", "2**30", "-2**31", "2**62", "2**63 - 1", "True"],
    "s": ["s0", "s1"],
    "word": ["''", "'a'", "'b'", "'key'", "'hello world'", "'h\\xe9'", "'\\u1234'", "'12'"],
    "p": ["p0", "p1"],
    "any": ["<I>", "<I>", "<S>", "None", "t0", "(<I>, <S>)", "[<I>]", "0.5", "p0", "-0.0", "b'ab'"],
    "strange": ["None", "'s'", "1.5", "2**70", "[1]", "(1, 'x')", "Noisy('strange')", "{}", "True"],
    "op": ["<", "<=", "==", "!=", ">", ">="],
    "attribute": ["x", "x", "y", "y", "extra"],
    "error": ["KeyError", "ValueError", "TypeError", "LookupError", "Exception", "ArithmeticError",
        "(KeyError, IndexError)", "AttributeError"],
    "raised": ["KeyError(<I>)", "ValueError(<S>)", "TypeError", "IndexError('far')", "ZeroDivisionError()",
        "AttributeError('none', name='q')"],
    "I": [
        "<i>", "<i>", "<i>", "<number>", "(<I> + <I>)", "(<I> - <I>)", "cut(<I> * <I>)", "(<I> % <k>)", "(<I> // <k>)",
        "(<I> & <I>)", "(<I> ^ <k>)", "(<I> >> 1)", "-<i>", "len(d0)", "len(<S>)", "len(xs)", "len(z0)",
        "d0.get(<S>, <I>)", "?d0[<S>]", "?xs[<I>]", "xs[<I> % (len(xs) or 1)] if xs else <I>", "<p>.x", "cut(<p>.x)",
        "<p>.norm()", "<p>.twice", "<p>.move(<I>).x", "<p>.move(<I>, by=<k>).y", "<p>.move(dx=<I>, dy=<I>).norm()",
        "<p>.mixed(<I>, k=<I>)", "Thing.scale", "<p>.scale", "Thing.plain(<I>)", "type(<p>).made(<I>).x", "len(<p>)",
        "(<p> + <p>).x", "<p>[<I>]", "(<p> < <p>)", "(<p> == <p>)", "<p>(<I>)", "(<I> in <p>)", "int(<B>)", "ord(<C>)",
        "<S>.find(<C>)", "<S>.count(<C>)", "?<S>.index(<C>)", "{**d0}.pop(<S>, <I>)", "{**d0}.setdefault(<S>, <I>)",
        "sum(v for v in {**d0}.values())", "(bound := <p>.norm)() + bound()", "sum(d0.values())", "sum(xs)", "max(<I>, <I>)", "min(xs, default=<I>)",
        "abs(<I>)", "mixed(<I>)", "mixed(<I>, <I>)", "mixed(<I>, <I>, c=<I>)", "mixed(<I>, <I>, <I>, <I>, d=<I>)",
        "mixed(<I>, c=<I>, e=<I>)", "mixed(<I>, *xs[:3])", "mixed(*t0[:1], **d0)", "?mixed(b=<I>)", "named(<I>)",
        "named(b=<I>)", "named(c=<I>, b=<I>)", "named(<I>, c=<I>)", "?named(<I>, <I>)", "?named(z=<I>)",
        "spread(<I>, <any>, q=<I>)", "spread(*xs, **d0)", "spread()", "spread(<I>, r=<any>, q=<I>)", "wrapped(<I>)", "wrapped(<I>, k=<I>)", "fib(<i> & 7)",
        "next(g0, <I>)", "?next(g0)", "(lambda v, w=<I>: v - w)(<I>)", "(<I> if <B> else <I>)", "(<I> or <I>)",
        "(<I> and <I>)", "sum([v for v in xs[:9]])", "sum(v for v in xs[:9] if v != <i>)", "len({*xs, <I>})",
        "len([*xs, <I>])", "len({**d0, <S>: <I>})", "sum(map(abs, xs))", "len(list(filter(None, xs)))", "where()",
        "functools.reduce(lambda v, w: cut(v + w), xs, <I>)", "hash(t0) % 97", "NUMBER", "TABLE['a']",
        "int(isinstance(<any>, (int, str)))", "len(e0.get(<i>, ()))", "?int(<S>)", "?<i> // (i0 - i0)",
        "?<p>.nowhere", "?t0[<I>]", "getattr(<p>, 'x')", "getattr(<p>, 'extra', <I>)", "hasattr(<p>, 'extra')",
        "(i1 := <I>)", "len(<S>.split('-'))", "[*range(<i> & 7)].count(<k>)", "<bump>", "<call>", "<call>",
        "sum(x * y for x, y in zip(xs[:5], itertools.count(1)) if -99 < x < 99)", "bool(<any>)", "round(<I>)",
        "sum(v for v in <G> if type(v) is int)", "len(set(w for w in <S>))",
        "len(tuple((v, w) for v in <G> for w in 'ab'))",
        "len(CALLS)", "super_norm(<p>)", "operate(<p>.norm)", "operate(lambda: <I>)", "(<S> == <S>)",
    ],
    "C": ["(<S>[:1] or 'q')", "'hello'[<I> % 5]", "chr(97 + <I> % 26)"],
    "S": [
        "<s>", "<s>", "<s>", "<word>", "<word>", "short(<S> + <S>)", "<S>[<I>:]", "<S>[:<k>]", "<S>[::-1]",
        "<S>[1:-1]", "f'{<I>}'", "short(f'{<i>:>5}|{<s>!r}')", "short(f'{<i>:x}-{<any>}')", "<S>.upper()",
        "<S>.replace('l', 'L')",
        "<S>.strip('a')", "short('-'.join([<S>, <S>]))", "short(','.join(d0))", "str(<I>)", "short(<S> * 2)",
        "short('%s|%d' % (<S>, <I>))",
        "<S>.partition('-')[2]", "<S>.title()", "short(repr(t0))", "short(str(<p>))", "short(f'{<p>}')",
        "(<S> if <B> else <S>)",
        "?<S>[<I>]", "?<S> + <I>", "?t0[1]", "(<S> or <S>)", "'abc'.translate({97: <C>})", "<S>.ljust(<k> & 15, '.')",
        "short('{} {}'.format(<I>, <S>))", "WORD", "min(<S>, <S>)", "short(f'{<any>!s}')", "short(f'{<S>}{<I>}')", "type(<any>).__name__", "<p>.label", "repr(<I>)",
    ],
    "B": [
        "<I> <op> <I>", "<I> <op> <I>", "<i> % <k> == 1", "<i> % 4 == 3", "<S> <op> <S>", "<S> in d0", "<I> in z0",
        "<i> not in xs", "<C> in <S>", "<p> is <p>", "<p> is not None", "not <I>", "<I> <op> <I> <op> <i>",
        "<B> and <B>", "<B> or <B>", "isinstance(<p>, Thing)", "isinstance(<any>, str)", "t0 == (<I>, <S>)", "<S>",
        "xs", "d0", "any(v > <I> for v in xs)", "all(xs)", "all(v != <i> for v in <G>)",
        "any(w in 'aeiou' for w in <S>)", "<S>.startswith(<C>)", "<p>", "<p> == <p>",
        "callable(<any>)", "<any>", "not <any>", "isinstance(<any>, (bytes, int, tuple))", "<S>.endswith((<C>, 'b'))",
        "d0 == {}", "z0 & {1, <I>}", "type(<p>) is Other", "(found := <S>.isdigit())",
    ],
    "D": ["d0", "{<S>: <I>}", "dict(a=<I>, b=<I>)", "{w: len(w) for w in (<S>, <S>)}", "dict(zip(<S>, xs))",
        "{**d0, 'new': <I>}", "d0 | {<S>: <I>}", "dict.fromkeys(<S>, <I>)", "collections.Counter(<S>)"],
    "P": ["Thing(<I>)", "Thing(<I>, <I>)", "Other(<I>, y=<I>)", "Thing(x=<I>)", "Other(<I>).move(1)", "p1", "p0",
        "Thing.made(<I>)", "Other.made(<I>)", "(<p> + <p>)", "Slotted(<I>, <I>)"],
    "X": ["xs", "[<I>, <I>]", "[<I> for _ in range(5)]", "xs[::-1]", "xs[1:] + [<I>]", "sorted(xs)",
        "list(d0.values())",
        "list(range(<i> & 15))", "[v for v in xs if v % 3]", "[*z0][:9]", "sorted(v for v in <G> if type(v) is int)",
        "list(v - <i> for v in xs)", "sorted(xs, key=lambda v: -v)",
        "[v + w for v in range(3) for w in (<i>, 2)]", "list(map(lambda v: v + <i>, xs))", "[*numbers(<i> & 7)]",
        "list(itertools.islice(<G>, 5))", "list(itertools.chain(xs, t0[:1]))"],
    "G": ["numbers(<i> & 15)", "numbers(9, 2)", "through(numbers(5))", "thrice(<I>)", "(v for v in xs)",
        "(v + <i> for v in range(7) if v != <i>)", "iter(xs)", "<own_generator>", "<own_generator>"],
    "iterated": [
        "range(<trips>)", "range(<trips>)", "range(<i> & 7, <trips>)", "range(<trips>, 0, -1)", "xs[:<trips>]",
        "numbers(<trips>)", "<G>", "itertools.islice(<G>, <trips>)", "z0.copy()", "reversed(xs[:<trips>])",
        "[<I>, <I>, <I>, <I>, <I>, <I>, <I>]", "(1, 2, 3, 5, 8)", "map(len, [<S>, <S>, <S>])", "d0.copy().values()",
    ],
}

SIMPLE = [
    "i0 = <I>", "i1 = <I>", "i2 = <I>", "i0 += <I>", "i1 -= <I>", "i2 = cut(i2 * <I>)", "i0, i1 = i1, i0",
    "i0, i1, i2 = i1, <I>, i0", "s0 = <S>", "s1 = <S>", "s0 = short(s0 + <C>)", "s0, s1 = s1, s0", "d0[<S>] = <I>",
    "d0[<S>] = <I>", "d0 = <D>", "d0.pop(<S>, None)", "?del d0[<S>]", "d0.update(<D>)", "d0.setdefault(<S>, <I>)",
    "d0[<C>] = d0.get(<C>, 0) + 1", "?d0[<C>] += 1", "e0.setdefault(<i>, []).append(<I>)", "e0[<I>] = xs[:3]",
    "e0 = {k: [k] for k in xs[:4]}", "z0.add(<I>)", "z0.discard(<I>)", "z0 = {<I>, <I>}", "z0 |= {<I>}",
    "z0 = {v % 5 for v in xs}", "t0 = (<I>, <S>)", "t0 = <I>, <S>", "t0 = t0[:1] + (<S>,)", "i0, s0 = t0",
    "?i0, i1 = t0", "?i0, i1 = xs", "i0, *xs = [<I>, <I>, 3]", "*xs, i1 = (4, <I>, <I>)", "(i0, s1), i2 = t0, <I>",
    "xs.append(<I>)", "xs = <X>", "xs[:2] = [<I>]", "xs += [<I>]", "xs.extend(<X>[:4])", "xs.sort()", "xs.reverse()",
    "?xs[<I>] = <I>", "if xs: xs[<I> % len(xs)] = <I>", "?xs.remove(<I>)", "?i1 = xs.pop(<I>)", "if xs: i1 = xs.pop()",
    "xs.insert(<k>, <I>)", "<p>.x = <I>", "<p>.y = <I>", "<p>.x += <I>", "<p>.x = cut(<p>.x)", "<p>.extra = <any>",
    "?del <p>.extra", "?del <p>.<attribute>\n<p>.<attribute> = <I>", "?i0 = <p>.<attribute>", "p0 = <P>", "p1 = <P>",
    "p0, p1 = p1, p0", "?<p>.__dict__['x'] = <I>", "vars(Thing(<I>)).clear()", "<p>.move(<I>)", "<p>.half = <I>",
    "<p>[<I>] = <I>", "<p> += <P>", "g0 = <G>", "i0 = next(g0, <I>)", "g0.close() if hasattr(g0, 'close') else None",
    "?i1 = g0.send(<I>)", "?i1 = g0.throw(ValueError(<S>))", "print(<any>, <any>)", "look()", "print(<S>)",
    "print(p0, t0, d0)", "print(sorted(z0)[:5], CALLS)", "Noisy(<S>)", "p0 = Thing(<I>, Noisy('held'))\np0 = Thing(1)",
    "xs = [Noisy(<i>), Noisy('two')]\nxs = [1, 2]", "t0 = (Noisy(<S>), 'x')\nt0 = (1, 'y')",
    "d0 = {'noisy': Noisy('value')}\nd0 = {'a': <I>}", "s1 = Noisy(<I>)\ns1 = 'after'", "assert (<B>) is not None, <I>",
    "?assert <B>, <S>", "?raise <raised>", "?raise <raised> from ValueError(<I>)", "?if <B>: raise <raised>",
    "?i0 = <strange>", "?s0 = <strange>", "?xs = <strange>", "?<p>.x = <strange>", "?i0 = <strange>\ni0 = 3",
    "f = lambda v=i0: v + i1\ni0 = f() + f(<I>)", "del s1\ns1 = <S>", "?del s1\ns0 = s1", "NUMBER = <I>",
    "globals()['WORD'] = <S>", "TABLE['a'] = <I>", "i0 = [i1 for i1 in range(4)][-1]", "(i0 := <I>)",
    "fs = [lambda: j for j in range(3)]\ni2 = fs[0]() + fs[2]()", "i1 = (lambda *v, **w: len(v) + len(w))(*xs, **d0)",
    "import math\ni0 = math.gcd(<I>, <k>)", "from collections import OrderedDict as made\ni1 = len(made(d0))",
]

# What other code relies on, changed under way.
DISTURBING = [
    "Thing.scale = <I>", "Thing.norm = lambda self: self.x if isinstance(self.x, int) else 0",
    "Other.norm = Thing.norm", "Thing.twice = property(lambda self: 5)", "Other.scale = 11", "?del Other.scale",
    "Thing.move.__defaults__ = (7, 1)", "Thing.extra = 4", "?del Thing.extra", "<p>.__class__ = Other",
    "Other.__bases__ = (Thing,)", "globals()['mixed'] = lambda *v, **w: len(v)", "globals()['wrapped'] = abs",
    "globals()['Thing'].label = 'changed'", "<p>.norm = lambda: 6", "?del <p>.norm", "fib.__code__ = named.__code__",
    "globals()['NUMBER'] = 's'\nglobals()['NUMBER'] = 8", "globals()['len'] = lambda v: 3",
    "globals().pop('len', None)",
    "Thing.__getattr__ = lambda self, name: 9", "?del Thing.__getattr__", "Thing.__len__ = lambda self: 2",
    "globals()['cut'] = lambda n: hash(n) % 1009", "named.__kwdefaults__['b'] = 6",
]

# Templates of several lines, apart by empty lines.
COMPOUND = '''
if <B>:
    <block>

if <B>:
    <block>
else:
    <block>

if <B>:
    <block>
elif <B>:
    <block>
else:
    <block>

with Manager(<I>) as i2:
    <block>

with Manager(<I>, True):
    <risky>

with guarded(<S>, <error>):
    <risky>

with guarded('outer') as s0, Manager(<I>, <B>):
    <block>

with contextlib.suppress(<error>):
    <risky>

try:
    <risky>
except <error> as error:
    tell(error)
    <block>

try:
    <risky>
except <error>:
    <block>

try:
    <risky>
except <error> as error:
    i0 = len(error.args)
else:
    <block>
finally:
    <block>

try:
    <risky>
finally:
    <block>

try:
    <risky>
except ValueError:
    <block>
except Exception as error:
    tell(error)

try:
    try:
        <risky>
    finally:
        <risky>
except Exception as error:
    tell(error)

try:
    try:
        <risky>
    except KeyError as inner:
        raise ValueError(<S>) from inner
    except <error>:
        raise
except Exception as error:
    tell(error)

try:
    <risky>
except Exception as error:
    kept = error
    print(type(kept).__name__, sys.exc_info()[1] is kept)

try:
    raise ExceptionGroup('group', [ValueError(<I>), KeyError(<S>)])
except* ValueError as group:
    print(group.exceptions)
except* KeyError as group:
    i0 = <I>

match <any>:
    case int(i1):
        <block>
    case (i1, str(s1)):
        i0 = len(s1)
    case _:
        <block>

match d0:
    case {'a': int(i0), **rest}:
        i1 = len(rest)
    case {}:
        <block>

match <p>:
    case Other(x=int(i0)):
        <block>
    case Thing(y=1 | 2):
        <block>
    case Thing():
        i1 = 2

match xs:
    case [first, *rest] if first != <i>:
        i1 = len(rest)
    case [] | [_]:
        <block>

class Local(Thing):
    scale = <I>
    def norm(self):
        return super().norm() + self.scale
i2 = Local(<I>).norm()

def inner(v, w=<I>, *, u=1):
    nonlocal i0
    i0 = cut(i0 + v * u)
    return i0 - w
i1 = inner(<I>) + inner(<I>, u=<k>)

def deeper(v):
    def deepest():
        return v + i1 + len(s0)
    return deepest
i2 = deeper(<I>)()

def countdown(v):
    return 0 if v <= 0 else 1 + countdown(v - 1)
i2 = countdown(<i> & 15)

?for w in d0:
    d0[w + '!'] = 1
    if len(d0) > 9: d0.clear()

?for v in z0:
    z0.add(cut(v + 1))
    if len(z0) > 20: break
'''.strip().split("\n\n")

IN_LOOPS = ["if <B>: break", "if <B>: continue", "if <B>: continue", "if <B>:\n    <block>\n    continue"]
IN_GENERATORS = [
    "yield <I>", "yield <I>", "i1 = (yield <I>) or 3", "yield from (<I>, <I>)", "yield from numbers(<i> & 3)",
]
FINALLY = '''
try:
    <risky>
finally:
    if <B>: <word_out>

try:
    if <B>: <word_out>
finally:
    <block>

for v in range(3):
    try:
        if v == <i> % 3: <word_out>
    finally:
        i0 += 1
'''.strip().split("\n\n")
