import BatonModel
import Testing

/// `scripts/examples/elsewhere.lua`: here, in a real container, and by SSH on a host of the test's own.
@Suite struct ElsewhereExamples {
  @Test("The same test is run in three places, and all find the same")
  func places() throws {
    let sandbox = try Examples.copied()
    let engine = try ContainerEngineUnderTest(.podman, sandbox)
    let host = try HostUnderTest(sandbox)
    let finished = try sandbox.baton(
      "run", "elsewhere.lua", "-p", "image=\(ContainerEngineUnderTest.image)", "-p", "host=box", "-p",
      "config=\(host.config)", env: engine.variables)
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    #expect(
      state.names("succeeded") == ["compare", "test[place=container]", "test[place=here]", "test[place=host]"],
      "\(finished.account)")
    #expect(try sandbox.baton("logs", "compare").output == "4\n")
    #expect(try engine.containers() == [])
    #expect(host.leftovers == [])
    #expect(sandbox.leftovers() == [])
  }
}
