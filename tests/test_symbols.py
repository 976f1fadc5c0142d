"""What profilers and debuggers are told of native code: that what they are told is true of this process."""

import ctypes
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest

import runner

# A loop, a function that is native as a whole, and a loop of a function that is made in another; then what was asked for, as JSON.
PROGRAM = """
import ctypes, gc, json, os, sys
import fatjit
fatjit.enable(threshold=2)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def total(n):
    s = 0
    for i in range(n):
        s += i
    return s
class Made:
    def within(self):
        def inner(n):
            while n > 0:
                n -= 1
        return inner
def run():
    assert total(500) == 124750
    assert fib(15) + fib(15) == 1220
    Made().within()(500)
run()
def executable():
    found = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            place, permissions = line.split()[:2]
            if "x" in permissions:
                found.append([int(end, 16) for end in place.split("-")])
    return found
def lies_in_code(address, size):
    return any(begin <= address and address + size <= end for begin, end in executable())
"""
LOOP, CALLED, INNER = "fatjit:__main__.total:8", "fatjit:__main__.fib:4", "fatjit:__main__.Made.within.<locals>.inner:15"
MACHINES = {"x86_64": 62, "aarch64": 183}


class Symbols(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.here = pathlib.Path(self.folder.name)

    def run_program(self, *more, **variables):
        """What the program and the pieces ``more`` print as JSON at the end, and the process's number."""
        path = self.here / "program.py"
        path.write_text(PROGRAM.lstrip("\n") + "".join(map(textwrap.dedent, more)))
        done = runner.python(
            str(path), FATJIT_DEBUG_FORCE="1", FATJIT_ONLY="total,fib,Made.within.<locals>.inner,passing", **variables
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    MAP = """
        entries = []
        with open(f"/tmp/perf-{os.getpid()}.map") as file:
            for line in file:
                address, size, name = line.rstrip("\\n").split(" ", 2)
                address, size = int(address, 16), int(size, 16)
                entries.append([name, size, lies_in_code(address, size)])
        os.unlink(f"/tmp/perf-{os.getpid()}.map")
        print(json.dumps(entries))
    """

    def check_map(self, entries):
        self.assertEqual({LOOP, CALLED, INNER}, {name for name, _, _ in entries} - {"fatjit:stub"})
        for name, size, inside in entries:
            self.assertTrue(inside and size > 0, (name, size))

    def test_the_map_names_code_where_it_is(self):
        self.check_map(self.run_program(self.MAP, FATJIT_PERF_MAP="1"))

    def test_perf_record_has_the_map_written(self):
        self.check_map(self.run_program(self.MAP, PERF_BUILDID_DIR=str(self.here)))

    def test_the_interpreters_own_trampolines_are_told_from_others(self):
        plain = runner.python("-X", "perf", "-c", "import sys; print(sys.is_stack_trampoline_active())")
        if plain.stdout != "True\n":
            self.skipTest("this interpreter was built without support of perf")
        done = runner.python("-X", "perf", "-c", "import fatjit; fatjit.enable()")
        self.assertIn("FATJIT_PERF_MAP=1", done.stderr)

    def test_nothing_is_written_unless_asked_for(self):
        found = self.run_program("""
            print(json.dumps([os.path.exists(f"/tmp/perf-{os.getpid()}.map"), os.listdir(".")]))
        """)
        self.assertFalse(found[0])
        self.assertFalse([name for name in found[1] if name.endswith(".dump")])

    def test_the_map_of_a_child_names_what_it_inherited(self):
        found = self.run_program("""
            parent = os.getpid()
            child = os.fork()
            if not child:
                def total(n):
                    for i in range(n):
                        n -= i
                total(500)
                os._exit(0)
            os.waitpid(child, 0)
            names = []
            for process in (parent, child):
                with open(f"/tmp/perf-{process}.map") as file:
                    names.append(sorted(line.split(" ", 2)[2].strip() for line in file if "fatjit:" in line))
                os.unlink(f"/tmp/perf-{process}.map")
            print(json.dumps(names))
        """, FATJIT_PERF_MAP="1")
        mine, childs = found
        self.assertLess(set(mine), set(childs))
        self.assertEqual(len(set(childs) - set(mine)), 1)

    def records(self, path, order="="):
        """The records of a dump: kind and body; and its header."""
        data = path.read_bytes()
        header = struct.unpack_from(order + "6I2Q", data)
        at, found = header[2], []
        while at < len(data):
            kind, size, _ = struct.unpack_from(order + "2IQ", data, at)
            self.assertGreater(size, 16)
            found.append((kind, data[at + 16:at + size]))
            at += size
        self.assertEqual(at, len(data))
        return header, found

    def test_the_dump_has_the_code(self):
        found = self.run_program(f"""
            with open("/proc/self/maps") as maps:
                mapped = [line.split()[1] for line in maps if f"jit-{{os.getpid()}}.dump" in line]
            where = {{}}
            for begin, end in executable():
                where[begin] = None
            path = {str(self.here)!r} + f"/jit-{{os.getpid()}}.dump"
            import struct
            data = open(path, "rb").read()
            at, same = 40, []
            while at < len(data):
                kind, size, _ = struct.unpack_from("=2IQ", data, at)
                if kind == 0:
                    address, length = struct.unpack_from("=2Q", data, at + 16 + 16)
                    same.append(ctypes.string_at(address, length) == data[at + size - length:at + size])
                at += size
            print(json.dumps([os.getpid(), mapped, same, os.uname().machine]))
        """, FATJIT_JITDUMP=str(self.here))
        process, mapped, same, machine = found
        self.assertTrue(mapped and "x" in mapped[0], mapped)
        self.assertTrue(same and all(same), same)
        header, records = self.records(self.here / f"jit-{process}.dump")
        self.assertEqual(header[:4], (0x4A695444, 1, 40, MACHINES[machine]))
        self.assertEqual(header[5], process)
        names, lines = set(), set()
        for kind, body in records:
            if kind == 0:
                address, size, number = struct.unpack_from("=3Q", body, 16)
                name = body[40:].partition(b"\0")[0].decode()
                self.assertEqual(len(body), 40 + len(name) + 1 + size)
                self.assertEqual(number, len(names))
                names.add(name)
            else:
                self.assertEqual(kind, 2)
                line = struct.unpack_from("=I", body, 24)[0]
                lines.add((pathlib.Path(body[32:].partition(b"\0")[0].decode()).name, line))
        self.assertLessEqual({LOOP, CALLED, INNER}, names)
        self.assertLessEqual({("program.py", 8), ("program.py", 4), ("program.py", 15)}, lines)

    def test_a_folder_that_is_none_is_told(self):
        done = runner.python(
            "-c", "import fatjit; fatjit.enable()", FATJIT_JITDUMP=str(self.here / "no" / "such")
        )
        self.assertIn("FATJIT_JITDUMP: ", done.stderr)
        self.assertIn("No such file", done.stderr)

    # The list that debuggers read, and the object files in it: names and places of their symbols.
    LIST = """
        import struct
        import fatjit._fatjit
        library = ctypes.CDLL(fatjit._fatjit.__file__)
        descriptor = ctypes.addressof(ctypes.c_char.in_dll(library, "__jit_debug_descriptor"))
        library.__jit_debug_register_code
        def registered():
            version, action, relevant, entry = struct.unpack("=2I2Q", ctypes.string_at(descriptor, 24))
            assert version == 1
            previous, found = 0, []
            while entry:
                following, before, file, size = struct.unpack("=4Q", ctypes.string_at(entry, 32))
                assert before == previous
                found.append(ctypes.string_at(file, size))
                previous, entry = entry, following
            return found
    """

    def symbol(self, file):
        """Of an object file in memory: the machine, and the name, address and size of its symbol."""
        self.assertEqual(file[:6], b"\x7fELF\x02\x01")
        kind, machine = struct.unpack_from("<2H", file, 16)
        self.assertEqual(kind, 2)
        (sections_at,) = struct.unpack_from("<Q", file, 40)
        size, count, names = struct.unpack_from("<3H", file, 58)
        sections = [struct.unpack_from("<2I4Q2I2Q", file, sections_at + size * at) for at in range(count)]
        self.assertEqual(sections_at + size * count, len(file))
        label = lambda table, at: file[sections[table][4] + at:].partition(b"\0")[0].decode()
        called = {label(names, section[0]): section for section in sections}
        self.assertEqual(set(called), {"", ".text", ".symtab", ".strtab", ".shstrtab"})
        _, _, _, _, offset, length, link, _, _, entry = called[".symtab"]
        self.assertEqual((length, entry), (48, 24))
        name, info, _, section, address, size = struct.unpack_from("<I2BH2Q", file, offset + 24)
        self.assertEqual((info, sections[section]), (0x12, called[".text"]))
        self.assertEqual((address, size), called[".text"][3:4] + called[".text"][5:6])
        return machine, label(link, name), address, size

    def test_debuggers_find_code_in_the_list(self):
        found = self.run_program(self.LIST, """
            before = [file.hex() for file in registered()]
            regions = executable()
            print(json.dumps([before, regions, os.uname().machine]))
        """, FATJIT_GDB="1")
        files, regions, machine = found
        symbols = [self.symbol(bytes.fromhex(file)) for file in files]
        self.assertLessEqual({LOOP, CALLED, INNER}, {name for _, name, _, _ in symbols})
        for of, name, address, size in symbols:
            self.assertEqual(of, MACHINES[machine])
            inside = any(begin <= address and address + size <= end for begin, end in regions)
            self.assertTrue(inside and size > 0, name)

    def test_code_that_is_gone_is_out_of_the_list(self):
        found = self.run_program(self.LIST, """
            space = {"__name__": "elsewhere"}
            exec("def passing(n):\\n    while n > 0:\\n        n -= 1\\npassing(500)", space)
            before = [file.hex() for file in registered()]
            del space
            gc.collect()
            print(json.dumps([before, [file.hex() for file in registered()]]))
        """, FATJIT_GDB="1")
        before, after = ({self.symbol(bytes.fromhex(file))[1] for file in files} for files in found)
        self.assertEqual(before - after, {"fatjit:elsewhere.passing:3"})
        self.assertEqual(after - before, set())

    def test_the_debugger_itself(self):
        gdb = subprocess.run("gdb --version", shell=True, capture_output=True)
        if gdb.returncode or runner.EMULATED:
            self.skipTest("there is no gdb for programs of this architecture")
        path = self.here / "program.py"
        # It stops in the C library, below a native frame: a routine that native code calls.
        path.write_text(PROGRAM.lstrip("\n") + textwrap.dedent("""
            import os
            def waits(n):
                for i in range(n):
                    os.kill(os.getpid(), signals[i])
            signals = [0] * 400 + [11]
            waits(401)
        """))
        environment = runner.environment(
            FATJIT_GDB="1", FATJIT_DEBUG_FORCE="1", FATJIT_ONLY="waits", FATJIT_CRASH_NOTE="0"
        )
        done = subprocess.run(
            ["gdb", "-nx", "-batch", "-ex", "set breakpoint pending on", "-ex", "run", "-ex", "bt", "--args",
             sys.executable, str(path)],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=runner.PATIENCE_SECONDS,
        )
        if "SIGSEGV" not in done.stdout:
            self.skipTest(f"gdb cannot run programs here: {done.stderr[-300:]}")
        # Underscores are none in the eyes of gdb, which takes the name for one of Ada's.
        self.assertRegex(done.stdout, r"#\d+ .* in fatjit:\S+\.waits:\d+ \(")
        # And on from there: the stack below native code.
        self.assertRegex(done.stdout.partition(".waits:")[2], r"Py_RunMain|main \(")


if __name__ == "__main__":
    unittest.main()
