import BatonModel
import Glibc
import Testing

/// `baton help TOPIC` and `baton docs`.
@Suite struct ReferenceCommands {
  @Test("Topics are explained, and what is none is told with what is near it")
  func help() throws {
    let sandbox = try Sandbox()
    let retry = try sandbox.baton("help", "step.retry")
    #expect(retry.code == 0 && retry.output.contains("backoff"), "\(retry.account)")
    let words = try sandbox.baton("help", "step", "retry")
    #expect(words.output == retry.output)
    let command = try sandbox.baton("help", "run")
    #expect(command.output == (try sandbox.baton("run", "--help").output))
    let missing = try sandbox.baton("help", "step.rety")
    #expect(missing.code == 2 && missing.errors.contains("step.retry"), "\(missing.account)")
    let recipe = try sandbox.baton("help", "cookbook.saga")
    #expect(recipe.output.contains("transaction \"order\""), "\(recipe.account)")
  }

  @Test("The site stands alone, and is the same each time")
  func site() throws {
    let sandbox = try Sandbox()
    let made = try sandbox.baton("docs", "--html", "deep/site")
    #expect(made.code == 0, "\(made.account)")
    for file in ["index.html", "words.html", "modules.html", "commands.html", "cookbook.html", "topics.js"] {
      #expect(sandbox.read("deep/site/\(file)")?.isEmpty == false, "\(file)")
    }
    try sandbox.baton("docs", "--html", "again")
    #expect(try sandbox.command("diff", "-r", "deep/site", "again").code == 0)
    let none = try sandbox.baton("docs")
    #expect(none.code == 2 && none.errors.contains("--html DIR or --man DIR"), "\(none.account)")
    let unwritable = try sandbox.baton("docs", "--html", "/proc/site")
    #expect(unwritable.code == 2, "\(unwritable.account)")
  }

  @Test("Manual pages are found by man, and mandoc has nothing to say against them")
  func manual() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.baton("docs", "--man", "man").code == 0)
    let pages = Disk.files(below: sandbox.path("man")).filter { $0.hasSuffix(".1") || $0.hasSuffix(".7") }
    #expect(pages.count > 25)
    let lint = try sandbox.command("sh", "-c", "mandoc -T lint -W warning man/man1/* man/man7/*")
    #expect(lint.code == 0, "\(lint.account)")
    let shown = try sandbox.command("mandoc", "-T", "ascii", "man/man1/baton-run.1")
    #expect(shown.code == 0 && shown.output.contains("BATON-RUN(1)"), "\(shown.account)")
  }
}
