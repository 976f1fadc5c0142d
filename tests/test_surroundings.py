"""Where native code must not run, and what others do to the process it runs in."""

import importlib.util
import tempfile
import textwrap
import unittest

import runner

HOT = """
import sys, types
import fatjit

def hot(n):
    total = 0
    for i in range(n):
        total += i
    return total

def entries():
    return fatjit.stats()["entries"]
"""


class Surroundings(unittest.TestCase):
    def python(self, text, *options, **variables):
        """Runs ``text`` in a process of its own, and returns what it printed on either stream."""
        done = runner.python(*options, "-c", HOT + textwrap.dedent(text), **variables)
        self.assertEqual(done.returncode, 0, f"{runner.how_it_ended(done.returncode)}\n{done.stderr}")
        return done.stdout, done.stderr


class Greenlets(Surroundings):
    """Greenlets move the C stack: no native code runs in programs that import them."""

    def test_it_is_refused_where_greenlets_are(self):
        out, err = self.python("""
            sys.modules["greenlet"] = types.ModuleType("greenlet")
            try:
                fatjit.enable(threshold=3)
            except RuntimeError as refusal:
                print(refusal)
            hot(1000)
            print(fatjit.is_enabled(), entries())
        """)
        self.assertRegex(out, r"\Agreenlets move the C stack.*\nFalse 0\n\Z")
        self.assertEqual(err, "")

    def test_it_is_switched_off_when_they_come(self):
        out, err = self.python("""
            fatjit.enable(threshold=3)
            print(hot(1000), entries() > 0)
            def key(n):
                return n + 1
            for _ in range(20):
                sorted(range(50), key=key)
            before = entries()
            sys.modules["green" + "let"] = types.ModuleType("greenlet")
            print(fatjit.is_enabled(), hot(1000), entries() - before)
            print(sorted([3, 1, 2], key=key), entries() - before)
            print(sys.monitoring.get_tool(5), sys.monitoring.get_local_events(5, hot.__code__) if
                  sys.monitoring.get_tool(5) else 0)
            try:
                fatjit.enable()
            except RuntimeError as refusal:
                print("refused")
        """)
        self.assertEqual(out, "499500 True\nFalse 499500 0\n[1, 2, 3] 0\nNone 0\nrefused\n")
        self.assertRegex(err, r"\Afatjit: greenlets move the C stack.*; switched off, the program goes on.*\n\Z")

    def test_a_loop_that_imports_them_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/greenlet.py", "w", encoding="utf-8") as file:
                file.write("here = True\n")
            out, err = self.python(f"""
                sys.path.insert(0, {folder!r})
                fatjit.enable(threshold=3)
                def importing(n):
                    total = 0
                    for i in range(n):
                        total += i
                        if i == 300:
                            import greenlet
                            total += greenlet.here
                            before = entries()
                    return total, entries() - before
                print(importing(1000), fatjit.is_enabled())
            """)
        self.assertEqual(out, "(499501, 0) False\n")
        self.assertEqual(err.count("greenlets"), 1, err)

    def test_other_modules_are_no_matter(self):
        out, err = self.python("""
            fatjit.enable(threshold=3)
            for name in ("greenlets", "green", "a.greenlet"):
                sys.modules[name] = types.ModuleType(name)
            sys.modules[7] = None
            print(fatjit.is_enabled(), hot(1000), entries() > 0)
        """)
        self.assertEqual((out, err), ("True 499500 True\n", ""))

    @unittest.skipUnless(importlib.util.find_spec("greenlet"), "greenlet is not installed")
    def test_real_ones(self):
        out, err = self.python("""
            fatjit.enable(threshold=3)
            hot(1000)
            import greenlet
            def count(n):
                for i in range(n):
                    parent.switch(i)
                return "end"
            parent = greenlet.getcurrent()
            counters = [greenlet.greenlet(count) for _ in range(3)]
            taken = [counter.switch(*([5] if first else [])) for first in [True] + [False] * 5 for counter in counters]
            print(taken, fatjit.is_enabled())
        """)
        taken = [i for i in (0, 1, 2, 3, 4, "end") for _ in range(3)]
        self.assertEqual(out, f"{taken} False\n")
        self.assertEqual(err.count("\n"), 1, err)


class EvalFrameHooks(Surroundings):
    """Extensions that evaluate frames themselves see every frame."""

    INSTALL = """
        import ctypes
        api = ctypes.pythonapi
        api.PyInterpreterState_Get.restype = ctypes.c_void_p
        seen = 0
        EVALUATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
        default = api._PyEval_EvalFrameDefault
        setter = api._PyInterpreterState_SetEvalFrameFunc
        setter.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        # A function of the same sort at another address: a jump to the interpreter's own.
        import mmap, os, struct
        page = mmap.mmap(-1, mmap.PAGESIZE)
        address = ctypes.cast(default, ctypes.c_void_p).value
        word = struct.pack("<Q", address)
        page.write({
            "x86_64": b"\\x48\\xb8" + word + b"\\xff\\xe0",  # mov rax, address; jmp rax
            "aarch64": b"\\x50\\0\\0\\x58\\0\\x02\\x1f\\xd6" + word,  # ldr x16, behind this; br x16
        }[os.uname().machine])
        hook = ctypes.addressof(ctypes.c_char.from_buffer(page))
        # That it becomes executable after it was written has the system clean the caches.
        libc = ctypes.CDLL(None)
        libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        assert libc.mprotect(hook, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_EXEC) == 0
        def install(function=hook):
            setter(api.PyInterpreterState_Get(), function)
    """

    def test_it_is_refused_beside_one(self):
        out, _ = self.python(textwrap.dedent(self.INSTALL) + textwrap.dedent("""
            install()
            try:
                fatjit.enable(threshold=3)
            except RuntimeError as refusal:
                print(refusal)
            print(hot(1000), entries())
        """))
        self.assertRegex(out, r"\Aanother extension replaced the function that evaluates frames.*\n499500 0\n\Z")

    def test_no_native_code_is_entered_while_one_is_there(self):
        out, _ = self.python(textwrap.dedent(self.INSTALL) + textwrap.dedent("""
            fatjit.enable(threshold=3)
            for _ in range(20):
                hot(1000)
            before = entries()
            install()
            total = hot(1000)
            during = entries() - before
            install(address)
            hot(1000)
            print(total, before > 0, during, entries() > before)
        """))
        self.assertEqual(out, "499500 True 0 True\n")


class Subinterpreters(Surroundings):
    """Only the main interpreter has native code; others run beside it."""

    SCRIPT = """
        def hot(n):
            total = 0
            for i in range(n):
                total += i
            return total
        assert [hot(20_000) for _ in range(20)] == [199990000] * 20
        import fatjit
        try:
            fatjit.enable()
            raise SystemExit("enabled")
        except RuntimeError as refusal:
            assert "main interpreter" in str(refusal)
        assert not fatjit.is_enabled() and fatjit.stats()["entries"] == 0
    """

    def test_code_of_a_subinterpreter_beside_native_code(self):
        out, err = self.python(f"SCRIPT = {textwrap.dedent(self.SCRIPT)!r}\n" + textwrap.dedent("""
            import threading
            name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
            interpreters = __import__(name)
            fatjit.enable(threshold=3)
            script = SCRIPT
            def run():
                one = interpreters.create()
                done.append(interpreters.run_string(one, script))
                interpreters.destroy(one)
            done = []
            threads = [threading.Thread(target=run) for _ in range(3)]
            for thread in threads:
                thread.start()
            while len(done) < 3 and any(thread.is_alive() for thread in threads):
                assert hot(5000) == 12497500
            for thread in threads:
                thread.join()
            print(done, entries() > 0)
        """))
        self.assertEqual((out, err), ("[None, None, None] True\n", ""))


class AsyncExceptions(Surroundings):
    """Exceptions that another thread sets come to loops that never call anything."""

    def test_they_end_an_endless_native_loop(self):
        out, err = self.python("""
            import ctypes, threading, time
            class Stop(Exception):
                pass
            def endless():
                i = 0
                try:
                    while True:
                        i += 1
                except Stop:
                    ended.append(i > 0)
            ended = []
            fatjit.enable(threshold=3)
            for _ in range(3):
                before = entries()
                thread = threading.Thread(target=endless)
                thread.start()
                while entries() == before:
                    time.sleep(0.001)
                # What was left because this thread wanted to run is entered again.
                time.sleep(0.01)
                asked = ctypes.c_ulong(thread.ident)
                assert ctypes.pythonapi.PyThreadState_SetAsyncExc(asked, ctypes.py_object(Stop)) == 1
                thread.join(30)
            print(ended, thread.is_alive())
        """)
        self.assertEqual((out, err), ("[True, True, True] False\n", ""))


if __name__ == "__main__":
    unittest.main()
