import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import Testing

@testable import BatonMeasuring

/// Steps whose globs match each other's files.
@Suite struct SharedFilesTests {
  private let folder = ScratchFolder()

  private func write(_ name: String, passed: Int) {
    let text = (0..<passed).map { "ok \($0 + 1) - \(name) \($0)\n" }.joined() + "1..\(passed)\n"
    folder.write(name, text)
  }

  /// A file's moment cannot be chosen (its `ctime` counts): the attempts' are, around it.
  private func written(_ name: String) throws -> Instant {
    Instant(nanoseconds: try #require(WrittenFile("\(folder.path)/\(name)")).written)
  }

  private func request(
    _ step: String, from start: Instant, to end: Instant?, _ rivals: [ResultRequest.Rival] = []
  ) -> ResultRequest {
    var request = ResultRequest(
      ticket: 1, step: step, attempt: 1, workingDirectory: folder.path,
      sources: [ResultRequest.Source(reader: .format(.tap), patterns: ["*.tap"])], since: start,
      runFolder: "\(folder.path)/.run", file: "results/a.ndjson", artifactFolder: "\(folder.path)/artifacts",
      log: "\(folder.path)/log")
    request.ended = end
    request.rivals = rivals
    return request
  }

  private func rival(_ step: String, from start: Instant, to end: Instant?) -> ResultRequest.Rival {
    ResultRequest.Rival(step: step, workingDirectory: folder.path, patterns: ["*.tap"], started: start, ended: end)
  }

  private func read(_ request: ResultRequest, _ claims: ResultClaims = ResultClaims()) -> ResultSummary {
    var gathering = Gathering(request, SecretSet(), claims)
    return gathering.run([])
  }

  private let second = Span(milliseconds: 1000)

  @Test func `a file that two cells can have written is counted for neither, and both are told what to do`() throws {
    write("a.tap", passed: 3)
    let moment = try written("a.tap")
    let other = rival("e2e[os=mac]", from: moment + Span(milliseconds: -1000), to: nil)
    let summary = read(
      request("e2e[os=linux]", from: moment + Span(milliseconds: -1000), to: moment + second, [other]))
    #expect(summary.tests == 0)
    let problem =
      "a.tap may be of e2e[os=mac], which ran at the same time and reads the same files: not counted; "
      + "let the path contain the cell, such as \"reports/\" .. cell.os .. \"/*.xml\""
    #expect(summary.problems == [problem])
    #expect(summary.gaps == [ResultGap(kind: .tests, reason: problem)])
    #expect(ResultSummary(.map(summary.fields)) == summary)
  }

  @Test func `what was written while one attempt alone ran is its own`() throws {
    write("a.tap", passed: 3)
    let moment = try written("a.tap")
    // One that had ended, one that began later, one that reads other files.
    var elsewhere = rival("c", from: moment + Span(milliseconds: -1000), to: nil)
    elsewhere.patterns = ["b.tap"]
    let others = [
      rival("a", from: moment + Span(milliseconds: -2000), to: moment + Span(milliseconds: -1000)),
      rival("b", from: moment + second, to: nil), elsewhere,
    ]
    let summary = read(request("e2e", from: moment + Span(milliseconds: -1000), to: moment + second, others))
    #expect((summary.passed, summary.problems) == (3, []))
  }

  @Test func `what was written after the attempt, while another one ran, is the other's`() throws {
    write("b.tap", passed: 2)
    let moment = try written("b.tap")
    let other = rival("b", from: moment + Span(milliseconds: -1000), to: nil)
    let summary = read(
      request("a", from: moment + Span(milliseconds: -2000), to: moment + Span(milliseconds: -100), [other]))
    #expect(summary.tests == 0)
    #expect(summary.problems == ["b.tap is of b: the attempt has not written it"])
  }

  @Test func `what a step read before is not what the next one wrote, however soon it follows`() throws {
    let claims = ResultClaims()
    write("a.tap", passed: 2)
    let moment = try written("a.tap")
    #expect(read(request("a", from: moment, to: moment + second), claims).passed == 2)
    // Within the slack of a file system's clock.
    let since = moment + Span(milliseconds: 3)
    write("b.tap", passed: 1)
    #expect(read(request("b", from: since, to: since + second), claims).passed == 1)
    #expect(
      read(request("c", from: since, to: since + second), claims).problems
        == ["a.tap is of a: the attempt has not written it"])
    // Written anew, with the same content: it is the next one's.
    write("a.tap", passed: 2)
    #expect(read(request("d", from: since, to: since + second), claims).passed == 2)
  }

  @Test func `what the steps of a durable body read is theirs, and not the body's too`() throws {
    write("a.tap", passed: 3)
    let moment = try written("a.tap")
    let (body, child) = (
      rival("rollout", from: moment + Span(milliseconds: -1000), to: nil),
      rival("rollout/test", from: moment + Span(milliseconds: -1000), to: moment + second)
    )
    #expect(
      read(request("rollout/test", from: moment + Span(milliseconds: -1000), to: moment + second, [body]))
        .passed == 3)
    #expect(read(request("rollout", from: moment + Span(milliseconds: -1000), to: nil, [child])).tests == 0)
  }
}
