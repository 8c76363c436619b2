import Testing

/// Images that are called by what they are made of.
@Suite struct ContainerImages {
  typealias Kind = ContainerEngineUnderTest.Kind
  private static let image = ContainerEngineUnderTest.image

  @Test(
    "A folder is built once for the same contents, and what runs in it is other work with others",
    arguments: Kind.allCases)
  func folder(_ kind: Kind) throws {
    let (sandbox, engine) = try kind.place(
      """
      step "a" { executor = of "./tools", run = "cat /hello /built | tee -a a" }
      step "b" { executor = of "./tools/Dockerfile", run = "cat /hello" }
      step "fails" { depends = { "a", "b" }, run = "exit 1" }
      """,
      [
        "tools/Dockerfile":
          "FROM \(Self.image)\nCOPY hello /hello\nRUN echo built > /built\nENTRYPOINT [\"/bin/false\"]\n",
        "tools/hello": "hello\n", "tools/.dockerignore": "notes/**\n", "tools/notes/x": "1",
      ])
    let finished = try sandbox.baton("run", "w.lua", "-j", "4", env: engine.variables)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(sandbox.read("a") == "hello\nbuilt\n", "\(finished.account)")
    func logs() throws -> String { try sandbox.baton("logs", "a").output + sandbox.baton("logs", "b").output }
    let log = try logs()
    #expect(log.components(" is built") == 1, "\(log)")
    #expect(log.lowercased().contains("step 1/"), "what the engine does stands in the log")
    func images() throws -> Int {
      Set(try engine.engine("images", "-q", "--filter", "label=baton.image").output.split(separator: "\n")).count
    }
    #expect(try images() == 1)

    // What the build never sees changes nothing.
    try sandbox.write("tools/notes/x", "2")
    let kept = try sandbox.baton("resume", env: engine.variables)
    #expect(sandbox.lines("a").count == 2 && !kept.account.contains("executor.image"), "\(kept.account)")

    try sandbox.write("tools/hello", "changed\n")
    let changed = try sandbox.baton("resume", env: engine.variables)
    #expect(changed.account.contains("contents of executor.image changed"), "\(changed.account)")
    #expect(sandbox.lines("a") == ["hello", "built", "changed", "built"])
    #expect(try images() == 2)
    #expect(try engine.containers() == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test("An archive is one of an image, or of a machine's files", arguments: Kind.allCases)
  func archive(_ kind: Kind) throws {
    let (sandbox, engine) = try kind.place(
      """
      step "saved" { executor = of "./saved.tar", run = "test ! -e /usr/bin/env && echo in saved" }
      step "files" { executor = of "./files.tar.gz", run = { "test", "-e", "/mark" } }
      """)
    try engine.engine("save", "-o", sandbox.path("saved.tar"), Self.image)
    let packed = try sandbox.command(
      "sh", "-c",
      "mkdir root && tar -xf \"\(try ContainerEngineUnderTest.files())\" -C root && touch root/mark && tar -C root -czf files.tar.gz ."
    )
    #expect(packed.code == 0, "\(packed.account)")
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try sandbox.baton("logs", "saved").output.contains("the image ./saved.tar is loaded"))
    #expect(try sandbox.baton("logs", "files").output.contains("the image ./files.tar.gz is imported"))
    let again = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(again.code == 0, "\(again.account)")
    #expect(try sandbox.baton("logs", "saved").output == "in saved\n", "it is there already")
  }

  @Test("An image that cannot be made is told of with its cure", arguments: Kind.allCases)
  func failures(_ kind: Kind) throws {
    let (sandbox, engine) = try kind.place(
      """
      step "missing" { executor = of "./no-such", run = "true", allow_failure = true }
      step "empty" { executor = of "./empty", run = "true", allow_failure = true }
      step "broken" { executor = of "./broken", run = "true", allow_failure = true }
      step "text" { executor = of "./text.tar", run = "true", allow_failure = true }
      step "slow" { executor = of "./slow", run = "true", timeout = "2s", grace = "1s", allow_failure = true }
      """,
      [
        "empty/readme": "x", "text.tar": "no archive", "slow/Containerfile": "FROM \(Self.image)\nRUN sleep 100\n",
        "slow/Dockerfile": "FROM \(Self.image)\nRUN sleep 100\n",
        "broken/Dockerfile": "FROM \(Self.image)\nRUN echo told in the log && exit 3\n",
      ])
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    for (step, parts) in [
      "missing": ["there is nothing at \(sandbox.folder)/./no-such", "a folder with a Containerfile or Dockerfile"],
      "empty": ["there is neither a Containerfile nor a Dockerfile"],
      "broken": ["the image ./broken cannot be built: ", "3", "the log"],
      "text": ["./text.tar is no archive that an image could be made of", "\(kind.rawValue) save"],
      "slow": ["timed out"],
    ] {
      let reason = state.steps[step]?.reason ?? ""
      for part in parts { #expect(reason.contains(part), "\(step): \(reason)") }
    }
    #expect(try sandbox.baton("logs", "broken").output.contains("told in the log"))
    try sandbox.wait("what a build left is gone, too", atMost: 30) { (try? engine.containers()) == [] }
    #expect(sandbox.leftovers() == [])
  }
}

extension String {
  /// How often a piece stands in it.
  fileprivate func components(_ piece: String) -> Int {
    split(separator: piece, omittingEmptySubsequences: false).count - 1
  }
}
