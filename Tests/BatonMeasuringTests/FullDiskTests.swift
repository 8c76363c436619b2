import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonMeasuring

@Suite struct FullDiskTests {
  private let folder = ScratchFolder()

  /// The report is read by a thread of its own, and what is kept is written by another.
  @Test func `results that cannot be kept are told, and nobody waits for those that read and write them`() throws {
    let line = "<testcase classname=\"shop.cart.module\" name=\"a case with a name of some length\" time=\"0.25\"/>\n"
    let report = "<testsuite name=\"s\">\n\(String(repeating: line, count: 60_000))</testsuite>\n"
    #expect(report.utf8.count > ItemsAhead.directLimit)
    let path = folder.write("r.xml", report)
    try #require(mkdir("\(folder.path)/results", 0o777) == 0)
    try #require(symlink("/dev/full", "\(folder.path)/results/a.ndjson") == 0)
    let request = ResultRequest(
      ticket: 1, step: "a", attempt: 1, workingDirectory: folder.path,
      sources: [ResultRequest.Source(reader: .format(.junit), patterns: [path])], since: Instant(nanoseconds: 0),
      runFolder: folder.path, file: "results/a.ndjson", artifactFolder: "\(folder.path)/artifacts",
      log: "\(folder.path)/log")
    var gathering = Gathering(request, SecretSet())
    let summary = gathering.run([])
    let told = "cannot write \(folder.path)/results/a.ndjson: No space left on device"
    #expect(summary.problems == ["the results were not kept: \(told)"])
    #expect(summary.tests == 0)
  }
}
