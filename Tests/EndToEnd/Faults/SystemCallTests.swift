import BatonModel
import Glibc
import Testing

/// What the system refuses while a run goes on: a clear message, and nothing is lost or done twice.
@Suite struct SystemCallFaults {
  /// Stands before the C library: from the N-th call on, writes to or syncs of files with such a name fail.
  private static let shim = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/types.h>
    #include <unistd.h>

    static const char *call, *part;
    static int number, after;

    __attribute__((constructor)) static void begin(void) {
      call = getenv("FAULT_CALL");
      part = getenv("FAULT_FILE");
      number = atoi(getenv("FAULT_ERRNO"));
      after = atoi(getenv("FAULT_AFTER"));
      // Not in what this process starts.
      unsetenv("LD_PRELOAD");
    }

    static int fails(const char *name, int fd) {
      char link[64], path[4096];
      snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
      if (strcmp(name, call) != 0) return 0;
      ssize_t length = readlink(link, path, sizeof path - 1);
      if (length < 0) return 0;
      path[length] = 0;
      if (strstr(path, part) == NULL || __sync_fetch_and_sub(&after, 1) > 0) return 0;
      errno = number;
      return 1;
    }

    #define REAL(result, name, ...) static result (*real)(__VA_ARGS__); if (real == NULL) real = dlsym(RTLD_NEXT, name)

    ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
      REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
      return fails("write", fd) ? -1 : real(fd, bytes, count, at);
    }
    ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }
    ssize_t write(int fd, const void *bytes, size_t count) {
      REAL(ssize_t, "write", int, const void *, size_t);
      return fails("write", fd) ? -1 : real(fd, bytes, count);
    }
    int fdatasync(int fd) {
      REAL(int, "fdatasync", int);
      return fails("sync", fd) ? -1 : real(fd);
    }
    int fsync(int fd) {
      REAL(int, "fsync", int);
      return fails("sync", fd) ? -1 : real(fd);
    }
    """

  private func withShim(_ sandbox: Sandbox) throws -> String {
    let source = sandbox.scratch + "/shim.c"
    let library = sandbox.scratch + "/shim.so"
    try Disk.write(Self.shim, to: source)
    let made = try sandbox.command("cc", "-shared", "-fPIC", "-o", library, source, "-ldl")
    try #require(made.code == 0, "\(made.account)")
    return library
  }

  private static let workflow = """
    local last
    for i = 1, 40 do
      last = step("s" .. i) { run = "echo s" .. i .. " >> side; echo v=" .. i .. " >> $BATON_OUTPUT; echo out", depends = last }
    end
    """

  @Test(
    "A disk that fails under the database ends the run with a message; with a sound one it is carried on",
    arguments: [("sync", EIO, 5), ("sync", EIO, 12), ("write", EIO, 30), ("write", ENOSPC, 30), ("write", EDQUOT, 30)])
  func database(call: String, number: Int32, after: Int) throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let library = try withShim(sandbox)
    let failed = try sandbox.command(
      "sh", "-c", "LD_PRELOAD=\"$SHIM\" exec \"$0\" run w.lua", Binary.path,
      env: [
        "SHIM": library, "FAULT_CALL": call, "FAULT_FILE": "baton.db-wal", "FAULT_ERRNO": String(number),
        "FAULT_AFTER": String(after),
      ])
    #expect(failed.code == 70, "\(failed.account)")
    #expect(failed.errors.contains("baton.db"), "\(failed.account)")
    #expect(failed.errors.contains("baton resume"), "\(failed.account)")
    let told = Set(
      failed.errors.split(separator: "\n").filter { $0.contains("✓ s") }.map { $0.split(separator: " ")[2] })
    let before = sandbox.lines("side")
    #expect(before.count < 40, "the fault came in the middle")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    let side = sandbox.lines("side")
    for i in 1...40 { #expect(side.contains("s\(i)"), "s\(i) was lost") }
    for step in told {
      #expect(side.count { $0 == step } == 1, "\(step) was told to have succeeded, and ran again")
    }
    #expect(try sandbox.show().succeeded.count == 40)
    #expect(sandbox.leftovers() == [])
  }

  @Test("A log that cannot be written fails its step, and says why")
  func log() throws {
    let sandbox = try Sandbox([
      "w.lua": "step \"a\" { run = \"echo out\" }\nstep \"quiet\" { run = \"echo q >> side\" }\n"
    ])
    let library = try withShim(sandbox)
    let failed = try sandbox.command(
      "sh", "-c", "LD_PRELOAD=\"$SHIM\" exec \"$0\" run w.lua", Binary.path,
      env: [
        "SHIM": library, "FAULT_CALL": "write", "FAULT_FILE": "/logs/a.", "FAULT_ERRNO": String(EIO),
        "FAULT_AFTER": "0",
      ])
    #expect(failed.code == 1, "\(failed.account)")
    #expect(failed.errors.contains("cannot write the log"), "\(failed.account)")
    #expect(failed.errors.contains("Input/output error"), "\(failed.account)")
    #expect(sandbox.lines("side") == ["q"])
    #expect(try sandbox.baton("resume").code == 0)
  }

  @Test("With few descriptors steps wait for each other instead of failing")
  func fewDescriptors() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      for i = 1, 24 do step("s" .. i) { run = "echo " .. i .. " >> side; echo out; sleep 0.05" } end
      """
    ])
    let finished = try sandbox.command("sh", "-c", "ulimit -n 48; exec \"$0\" run w.lua -j 24", Binary.path)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("side").count == 24)
    #expect(sandbox.leftovers() == [])
  }

  @Test("A step that waits for descriptors is ended with the run")
  func waitingIsEnded() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      parallel "p" { fail_fast = true, step "bad" "sleep 0.3; exit 1", step "x" "echo x >> side; exec sleep 1000",
        step "y" "echo y >> side; exec sleep 1000", step "z" "echo z >> side; exec sleep 1000" }
      """
    ])
    let finished = try sandbox.command("sh", "-c", "ulimit -n 46; exec \"$0\" run w.lua -j 4", Binary.path, atMost: 30)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(sandbox.lines("side").count == 1, "there was room for two")
    #expect(try sandbox.show().names("cancelled") == ["x", "y", "z"])
    #expect(sandbox.leftovers() == [])
  }
}
