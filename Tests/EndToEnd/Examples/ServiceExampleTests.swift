import Glibc
import Testing

/// `scripts/examples/services.lua`: a real PostgreSQL, killed in the middle.
@Suite struct ServiceExamples {
  @Test("PostgreSQL is killed in the middle of the tests: the run recovers, and says so")
  func disaster() throws {
    let sandbox = try Examples.copied()
    // The server runs as another user than root.
    chmod(String(sandbox.folder.dropLast("/project".count)), 0o755)
    chmod(sandbox.path("services/sold.sh"), 0o755)
    let finished = try sandbox.baton("run", "services.lua", atMost: 120)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.errors.contains("recovered: it ended: killed by SIGKILL"), "\(finished.account)")
    #expect(finished.errors.contains("lost its service"), "\(finished.account)")
    let shown = try sandbox.baton("show")
    #expect(shown.output.contains("Services"))
    #expect(shown.output.contains("recovered once"), "\(shown.account)")
    #expect(sandbox.processes() == [])
  }
}
