import BatonModel
import Testing

/// Results that a function of the script reads.
@Suite("Results that a function reads") struct FunctionResultsTests {
  private func run(_ items: String) throws -> (finished: Finished, shown: Value) {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" { run = "echo x > a.txt", results = { "a.txt", read = function(text, path) return { \(items) } end } }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua")
    return (finished, try JSON.decode(try sandbox.baton("report", "--format", "json").output))
  }

  @Test("Lines are numbers, with holes between them")
  func lines() throws {
    let (finished, shown) = try run(
      #"{ file = "a.c", lines = { [3] = 1, [7] = 0, [12] = 1e300 } }, { file = "b.c", lines = { 0, 2 } }"#)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(
      shown["coverage"]?["lines"]?.integer == 5 && shown["coverage"]?["covered"]?.integer == 3,
      "\(shown["coverage"] ?? .null)")
    #expect(shown["problems"]?.list?.isEmpty == true, "\(shown["problems"] ?? .null)")
  }

  @Test(
    "What is no result is told",
    arguments: [
      (#"{ name = "", status = "passed" }"#, "result 1 is a test without a name"),
      ("7", "result 1 is an integer, not a table"),
      (#"{ metric = "m", value = math.huge }"#, "the metric \"m\" has no value that is a number"),
    ])
  func wrong(items: String, problem: String) throws {
    let (finished, shown) = try run(items)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(shown["problems"]?.list?.first?["text"]?.string?.contains(problem) == true, "\(shown["problems"] ?? .null)")
  }

  @Test("An empty glob is refused before anything runs")
  func empty() throws {
    let sandbox = try Sandbox(["w.lua": #"step "a" { run = "touch ran", results = junit "" }"#])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 2 && finished.errors.contains("names no files"), "\(finished.account)")
    #expect(!Disk.exists(sandbox.path("ran")))
  }
}
