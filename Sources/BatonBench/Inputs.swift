/// The same work in the words of each contender.
enum Inputs {
  static func lua(independent count: Int) -> String {
    "for i = 1, \(count) do step(\"s\" .. i) { run = \"true\" } end\n"
  }

  static func lua(chain count: Int) -> String {
    """
    local last = step "s1" { run = "true" }
    for i = 2, \(count) do last = step("s" .. i) { run = "true", depends = last } end

    """
  }

  /// Durable bodies with operations of one after the other, and what each does last.
  static func lua(bodies: Int, operations: Int, last: String = "") -> String {
    """
    for b = 1, \(bodies) do
      step("body-" .. b) { function(ctx)
        for i = 1, \(operations) do ctx:effect("op-" .. i, function() return i end) end
        \(last)
      end }
    end

    """
  }

  /// Steps of one workflow with SQLite; tells its rate.
  static func dbos(steps: Int) -> String {
    """
    import time
    from dbos import DBOS

    DBOS(config={"name": "bench", "system_database_url": "sqlite:///dbos.sqlite", "log_level": "ERROR"})

    @DBOS.step()
    def operation(i):
        return i

    @DBOS.workflow()
    def work(count):
        for i in range(count):
            operation(i)

    DBOS.launch()
    work(10)
    start = time.perf_counter()
    work(\(steps))
    rate = \(steps) / (time.perf_counter() - start)
    with open("\(Sample.rateFile)", "w") as file:
        file.write(str(rate))
    DBOS.destroy()

    """
  }

  /// A spec that simulates a workflow of so many steps, each of which waits for another.
  static func spec(steps count: Int) -> String {
    """
    it("is simulated", function()
      local run = simulate { source = [[
        for i = 1, \(count) do step("s" .. i) { run = "true", depends = i > 100 and "s" .. i - 100 or nil } end
      ]] }
      assert.equal("succeeded", run.status)
      assert.equal(\(count), #run.order)
    end)

    """
  }

  /// JUnit XML in which one case of a hundred fails with twenty lines of explanation.
  static func junit(cases count: Int) -> String {
    let stack = String(repeating: "  at frame (file.py:12)\n", count: 20)
    return "<testsuite name=\"bench\">\n"
      + lines(count) { index in
        let head =
          "<testcase classname=\"shop.module\(index % 97)\" name=\"case_\(index)\" time=\"0.\(100 + index % 900)\""
        return index % 100 == 7
          ? "\(head)><failure message=\"expected \(index), got \(index + 1)\" type=\"AssertionError\">\(stack)</failure></testcase>"
          : "\(head)/>"
      } + "</testsuite>\n"
  }

  static func ninja(independent count: Int) -> String {
    "rule r\n  command = true\n" + lines(count) { "build s\($0): r" }
  }

  static func ninja(chain count: Int) -> String {
    "rule r\n  command = true\n" + lines(count) { $0 == 1 ? "build s1: r" : "build s\($0): r s\($0 - 1)" }
  }

  /// Steps that leave a file, so that the next time there is nothing to do.
  static func ninja(files count: Int) -> String {
    "rule r\n  command = : > $out\n" + lines(count) { "build s\($0): r" }
  }

  static func make(independent count: Int) -> String {
    let targets = (1...count).map { "s\($0)" }.joined(separator: " ")
    return ".PHONY: all \(targets)\nall: \(targets)\n\(targets):\n\t@true\n"
  }

  static func make(chain count: Int) -> String {
    "all: s\(count)\n" + lines(count) { $0 == 1 ? "s1:\n\t@true" : "s\($0): s\($0 - 1)\n\t@true" }
  }

  static func make(files count: Int) -> String {
    let targets = (1...count).map { "s\($0)" }.joined(separator: " ")
    return "all: \(targets)\n\(targets):\n\t@: > $@\n"
  }

  static func doit(independent count: Int) -> String {
    """
    def task_s():
        for i in range(\(count)):
            yield {"name": str(i), "actions": ["true"]}

    """
  }

  static func doit(chain count: Int) -> String {
    """
    def task_s():
        for i in range(\(count)):
            yield {"name": str(i), "actions": ["true"], "task_dep": ["s:%d" % (i - 1)] if i else []}

    """
  }

  private static func lines(_ count: Int, _ line: (Int) -> String) -> String {
    var text = ""
    for number in 1...count { text += line(number) + "\n" }
    return text
  }
}
