import BatonModel
import Testing

/// Steps that share a folder of results.
@Suite("A shared folder of results") struct SharedFolderTests {
  /// Each cell writes its report while the other runs.
  private func workflow(_ path: String, _ pattern: String, max: Int = 2) -> String {
    """
    local cells = matrix "e2e" {
      axes = { os = { "linux", "mac" } }, max = \(max),
      step = function(cell)
        return {
          run = [[mkdir -p \(path); printf 'ok 1 - a\\nok 2 - b\\n1..2\\n' > \(path)/$BATON_STEP.tap; touch "here.$BATON_STEP"
            [ \(max) = 1 ] || until [ -e 'here.e2e[os=linux]' ] && [ -e 'here.e2e[os=mac]' ]; do sleep 0.01; done]],
          results = tap(\(pattern)),
        }
      end,
    }
    gate "quality" { depends = cells, require = { pass_rate = ">= 0.98", tests = "== 4" } }
    """
  }

  @Test(
    "Cells that run at once and read each other's files: nothing is counted twice, and the gate says why it refuses")
  func shared() throws {
    let sandbox = try Sandbox(["w.lua": workflow("reports", "\"reports/*.tap\"")])
    let finished = try sandbox.baton("run", "w.lua", "-j", "2")
    #expect(finished.code == 3, "\(finished.account)")
    for part in [
      "which ran at the same time and reads the same files: not counted", "\"reports/\" .. cell.os .. \"/*.xml\"",
    ] {
      #expect(finished.errors.contains(part), "\(part): \(finished.account)")
    }
    #expect(finished.errors.contains("pass_rate is missing: e2e[os="), "\(finished.account)")
    #expect((try JSON.decode(try sandbox.baton("tests", "--json").output).list ?? []).isEmpty)
  }

  @Test("With the cell in the path, or one cell after the other, each counts its own")
  func own() throws {
    for text in [
      workflow("reports/$BATON_STEP", "\"reports/e2e*os=\" .. cell.os .. \"*/*.tap\""),
      workflow("reports", "\"reports/*.tap\"", max: 1),
    ] {
      let sandbox = try Sandbox(["w.lua": text])
      let finished = try sandbox.baton("run", "w.lua", "-j", "2")
      #expect(finished.code == 0, "\(finished.account)")
      let shown = try JSON.decode(try sandbox.baton("show", "--json").output)
      #expect(shown["tests"]?["total"]?.integer == 4, "\(shown)")
    }
  }

  @Test("Read anew after an edit, a file that two cells can have written counts for neither")
  func readAnew() throws {
    let later = "\nstep \"later\" { depends = cells, run = \"false\" }\n"
    let sandbox = try Sandbox(["w.lua": workflow("reports", "\"reports/*\" .. cell.os .. \"*.tap\"") + later])
    let first = try sandbox.baton("run", "w.lua", "-j", "2")
    #expect(first.code == 1, "\(first.account)")
    try sandbox.write("w.lua", workflow("reports", "\"reports/*.tap\"") + later)
    let dry = try sandbox.baton("resume", "--dry-run")
    #expect(!dry.output.contains("read anew"), "\(dry.account)")
    _ = try sandbox.baton("resume")
    let why = try sandbox.baton("why", "e2e[os=mac]").output
    #expect(why.contains("which ran at the same time and reads the same files"), "\(why)")
  }
}
