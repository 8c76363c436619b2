import BatonCommandLine
import BatonConfig
import BatonModel
import Testing

@Suite struct TemplatesTests {
  @Test func `what init writes is JSON where it says so`() throws {
    _ = try JSON.decode(Templates.editorSettings)
    _ = try Settings(json: Array(Templates.settings.utf8), file: "baton.json")
  }

  @Test func `each template is named in the help and begins with the command that runs it`() throws {
    for name in Templates.names {
      #expect(Help.command(.`init`).contains("\n  \(name) "))
      #expect(try Templates.workflow(name).hasPrefix("-- baton run workflow.lua"))
    }
  }

  @Test func `an unknown template is refused with the nearest`() {
    let error = #expect(throws: BatonError.self) { try Templates.workflow("matrx") }
    #expect(error?.text == "error: there is no template \"matrx\"\n  did you mean \"matrix\"?")
  }
}
