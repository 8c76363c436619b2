import Glibc
import Testing

/// What the disk can do to a run: a clear message, its exit code, and nothing lost.
@Suite struct DiskFaults {
  private static let workflow = """
    step "a" { run = "echo a >> side" }
    step "b" { run = "echo b >> side", depends = "a" }

    """

  /// Runs a shell command in a namespace of its own, where it may mount what it likes.
  private func isolated(_ sandbox: Sandbox, _ command: String) throws -> Finished {
    let unshare = geteuid() == 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"]
    return try ChildProcess(
      ["unshare"] + unshare + ["/bin/sh", "-c", command], in: sandbox.folder,
      environment: sandbox.environment.merging(["BATON": Binary.path]) { old, _ in old }, scratch: sandbox.scratch
    ).wait()
  }

  @Test("A database that is damaged is refused with its path", arguments: ["not a database at all", ""])
  func damagedDatabase(text: String) throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    if text.isEmpty {
      // Garbage over the pages of a real one, all of them in the file itself.
      try sandbox.command("sqlite3", ".baton/baton.db", "PRAGMA wal_checkpoint(TRUNCATE)")
      let size = (Disk.bytes(sandbox.path(".baton/baton.db")) ?? []).count
      let count = String(size / 4096 - 1)
      try sandbox.command(
        "dd", "if=/dev/urandom", "of=.baton/baton.db", "bs=4096", "seek=1", "conv=notrunc", "count=\(count)")
    } else {
      Disk.remove(sandbox.path(".baton"))
      try sandbox.write(".baton/baton.db", text + String(repeating: " ", count: 5000))
    }
    let before = Disk.bytes(sandbox.path(".baton/baton.db"))
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == (text.isEmpty ? 70 : 2), "\(finished.account)")
    #expect(
      finished.errors.contains(text.isEmpty ? "baton.db is damaged" : "baton.db is not a database of Baton"),
      "\(finished.account)")
    #expect(Disk.bytes(sandbox.path(".baton/baton.db")) == before, "the file is left as it was found")
  }

  @Test("A database of a newer Baton is refused, and left alone")
  func newerDatabase() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let changed = try sandbox.command("sqlite3", ".baton/baton.db", "PRAGMA user_version = 999")
    try #require(changed.code == 0, "\(changed.account)")
    for arguments in [["run", "w.lua"], ["resume"], ["show"], ["runs"]] {
      let finished = try sandbox.start(arguments).wait()
      #expect(finished.code == 2, "\(finished.account)")
      #expect(finished.errors.contains("newer"), "\(finished.account)")
      #expect(finished.errors.contains("999"), "\(finished.account)")
    }
    #expect(sandbox.lines("side").count == 2)
  }

  @Test("A full disk stops the run with a message; with room again it is carried on")
  func fullDisk() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" { run = "echo a >> /tmp/../$SIDE/side" }
      step "fill" { run = "head -c 20000000 /dev/zero > filler; true", depends = "a" }
      local last = "fill"
      for i = 1, 300 do last = step("s" .. i) { run = "echo " .. i .. " >> $SIDE/side; echo " .. ("x"):rep(2000), depends = last } end

      """
    ])
    let finished = try isolated(
      sandbox,
      """
      export SIDE=$PWD; mkdir small && mount -t tmpfs -o size=1500k none small && cp w.lua small && cd small || exit 99
      "$BATON" run w.lua; echo "first: $?"
      rm -f filler
      mount -o remount,size=64M none . || exit 98
      "$BATON" resume; echo "second: $?"
      """)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.output.contains("first: 70"), "\(finished.account)")
    #expect(finished.errors.contains("baton.db cannot grow: the disk is full"), "\(finished.account)")
    #expect(finished.output.contains("second: 0"), "\(finished.account)")
    for i in 1...300 { #expect(sandbox.lines("side").contains(String(i))) }
  }

  @Test("A read-only folder is told before anything runs")
  func readOnlyFolder() throws {
    let sandbox = try Sandbox(["project/w.lua": "step \"a\" { run = \"echo ran >> $SIDE/side\" }\n"])
    let finished = try isolated(
      sandbox,
      """
      export SIDE=$PWD; mount --bind project project && mount -o remount,ro,bind project && cd project || exit 99
      "$BATON" run w.lua
      """)
    #expect(finished.code == 2, "\(finished.account)")
    #expect(finished.errors.contains("/project/.baton: Read-only file system"), "\(finished.account)")
    #expect(!Disk.exists(sandbox.path("side")))
  }

  @Test("A folder in which one may not write is told before anything runs, and what is in it can be looked at")
  func forbiddenFolder() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    // Root may write anywhere, unless it is taken from it.
    let plain = geteuid() == 0 ? ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] : []
    chmod(sandbox.folder, 0o555)
    defer { chmod(sandbox.folder, 0o755) }
    func baton(_ words: String...) throws -> Finished {
      try ChildProcess(
        plain + [Binary.path] + words, in: sandbox.folder, environment: sandbox.environment, scratch: sandbox.scratch
      ).wait()
    }
    let none = try baton("run", "w.lua")
    #expect(none.code == 2, "\(none.account)")
    #expect(none.errors.contains("/.baton: Permission denied"), "\(none.account)")
    #expect(try baton("plan", "w.lua").code == 0)
    chmod(sandbox.folder, 0o755)
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    for folder in Disk.folders(below: sandbox.folder) { chmod(folder, 0o555) }
    for file in Disk.files(below: sandbox.folder) { chmod(sandbox.path(file), 0o444) }
    chmod(sandbox.folder, 0o555)
    let refused = try baton("run", "w.lua")
    #expect(refused.code == 2, "\(refused.account)")
    #expect(refused.errors.contains("baton.db cannot be written"), "\(refused.account)")
    #expect(try baton("logs", "a").code == 0)
    let shown = try baton("show")
    #expect(shown.code == 0 && shown.output.contains("2 succeeded"), "\(shown.account)")
    #expect(sandbox.lines("side") == ["a", "b"])
    for folder in Disk.folders(below: sandbox.folder) { chmod(folder, 0o755) }
  }
}
