import BatonFiles
import BatonModel
import Testing

@Suite struct PlanPatternsTests {
  func plan(_ edit: (inout StepOptions) -> Void, cells: Int = 1) -> Plan {
    var options = StepOptions()
    edit(&options)
    let nodes = (0..<cells).map { cell in
      Node(
        name: "build[\(cell)]", kind: .step(.shell(.plain("true"))), file: "w.lua", line: 3,
        options: StepOptions.Shared(options))
    }
    return Plan(workflow: WorkflowSpec(name: "w", file: "/w.lua"), nodes: nodes)
  }

  @Test func `Every malformed pattern is told with its field and place, once for all cells`() {
    let plan = plan(
      { options in
        options.inputs = [.plain("src/["), .plain("ok")]
        options.outputs = [.plain("dist/**x")]
        options.artifacts = [.plain("")]
      }, cells: 3)
    #expect(
      PlanPatterns.mistakes(in: plan).map(\.text) == [
        #"""
        w.lua:3: error: the pattern "src/[" in inputs is malformed: no ] closes the [
          write \[ for a bracket in a file's name
        """#,
        #"""
        w.lua:3: error: the pattern "dist/**x" in outputs is malformed: ** stands for folders of any depth and must be alone between slashes
        """#,
        #"""
        w.lua:3: error: the pattern in artifacts is malformed: it is empty
          write "." for everything in the folder
        """#,
      ])
  }

  @Test func `Patterns that are known only later are left alone`() {
    let later = Template.dynamic(.ref(Ref(step: "a", path: [.name("x")])))
    #expect(PlanPatterns.mistakes(in: plan { $0.inputs = [later, .plain("!x")] }).isEmpty)
    #expect(PlanPatterns.mistakes(in: plan { $0.inputs = [.plain("!x")] }).count == 1)
  }
}
