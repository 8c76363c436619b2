import BatonCommandLine
import BatonModel
import Testing

@Suite struct InvocationTests {
  private func parse(_ words: String...) throws(BatonError) -> Invocation { try Invocation.parse(words) }

  private func failure(_ words: String...) -> String {
    do {
      _ = try Invocation.parse(words)
      return "no error"
    } catch {
      return error.text
    }
  }

  @Test func `values stand behind an option, after an equals sign, or right behind a letter`() throws {
    for words in [["-j", "4"], ["-j4"], ["-j=4"], ["--jobs", "4"], ["--jobs=4"]] {
      #expect(try Invocation.parse(["run", "w.lua"] + words).integer(.jobs, atLeast: 1) == 4)
    }
  }

  @Test func `switches may share a dash, the last of them with a value`() throws {
    let invocation = try parse("logs", "-fvC", "there", "build")
    #expect(invocation.has(.follow) && invocation.has(.verbose))
    #expect(invocation.value(.directory) == "there")
    #expect(invocation.arguments == ["build"])
  }

  @Test func `an option that may be repeated keeps every value in order`() throws {
    let invocation = try parse("run", "-p", "a=1", "w.lua", "--param=b=x=y")
    #expect(invocation.values(.param) == ["a=1", "b=x=y"])
    #expect(invocation.arguments == ["w.lua"])
  }

  @Test func `several steps follow --only once the file is there`() throws {
    let invocation = try parse("run", "w.lua", "--only", "a", "b[x=1,y=2]", "-j2", "--tags", "slow")
    #expect(invocation.values(.only) == ["a", "b[x=1,y=2]"])
    #expect(invocation.values(.tags) == ["slow"])
    let before = try parse("run", "--only", "a", "w.lua")
    #expect(before.values(.only) == ["a"] && before.arguments == ["w.lua"])
  }

  @Test func `behind two dashes every word is an argument`() throws {
    #expect(try parse("why", "--", "--odd-name").arguments == ["--odd-name"])
  }

  @Test func `a negative number is a value and an argument`() throws {
    #expect(try parse("run", "w.lua", "-p", "-3").values(.param) == ["-3"])
    #expect(try parse("why", "-3").arguments == ["-3"])
    #expect(
      failure("logs", "--tail", "-1") == "no error",
      "the word is taken; whether the number makes sense is said by the command")
  }

  @Test func `options of every command may stand before it`() throws {
    let invocation = try parse("-q", "-C", "x", "--color=never", "runs")
    #expect(invocation.command == .runs && invocation.has(.quiet) && invocation.value(.color) == "never")
  }

  @Test func `help is found however it is asked for`() throws {
    for words in [
      ["help", "plan"], ["plan", "--help"], ["plan", "-h"], ["--help", "plan"], ["plan", "w.lua", "-h"],
    ] {
      let invocation = try Invocation.parse(words)
      guard case .explain = invocation.request else {
        Issue.record("\(words) is no request for help")
        continue
      }
      #expect(invocation.command == .plan)
    }
    for words in [[], ["help"], ["--help"]] {
      guard case .explainAll = try Invocation.parse(words).request else {
        Issue.record("\(words) is no request for help")
        continue
      }
    }
  }

  @Test func `mistakes are named with the nearest right name or the usage`() {
    #expect(failure("rnu", "w.lua") == "error: unknown command \"rnu\"\n  did you mean \"run\"?")
    #expect(failure("status") == "error: unknown command \"status\"\n  did you mean \"show\"?")
    #expect(failure("fmt").contains("the Lua language server"))
    #expect(failure("xylophone") == "error: unknown command \"xylophone\"\n  \"baton help\" lists the commands")
    #expect(
      failure("run", "w.lua", "--jbos", "4") == "error: unknown option --jbos of baton run\n  did you mean \"--jobs\"?")
    #expect(failure("runs", "-z") == "error: unknown option -z of baton runs\n  \"baton help runs\" lists the options")
    #expect(failure("--jobs", "4", "run") == "error: unknown option --jobs\n  \"baton help\" lists the commands")
    #expect(failure("run") == "error: baton run needs a FILE\n  usage: baton run FILE [OPTIONS]")
    #expect(failure("why") == "error: baton why needs a STEP\n  usage: baton why [RUN] STEP [OPTIONS]")
    #expect(failure("runs", "x") == "error: unexpected argument \"x\"\n  usage: baton runs [OPTIONS]")
    #expect(failure("run", "w.lua", "--jobs") == "error: --jobs needs a value: --jobs N")
    #expect(
      failure("run", "w.lua", "--jobs", "--json")
        == "error: --jobs needs a value: --jobs N\n  a value that begins with \"-\" is written --jobs=--json")
    #expect(failure("run", "w.lua", "--json=yes") == "error: --json takes no value\n  write: --json")
    #expect(failure("graph", "--format", "dto") == "error: --format can't be \"dto\"\n  did you mean \"dot\"?")
    #expect(
      failure("runs", "--color", "blue") == "error: --color can't be \"blue\"\n  one of: auto, always, never")
    #expect(failure("run", "w.lua", "-j2", "-j3") == "error: --jobs is given twice: \"2\" and \"3\"")
  }

  @Test func `a number that is none is refused with an example`() throws {
    let invocation = try parse("run", "w.lua", "-j", "many")
    let error = #expect(throws: BatonError.self) { try invocation.integer(.jobs, atLeast: 1) }
    #expect(
      error?.text == "error: --jobs must be a whole number of at least 1, not \"many\"\n  for example: --jobs 4")
  }
}
