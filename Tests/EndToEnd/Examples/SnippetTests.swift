import BatonModel
import Testing

/// Code that README.md shows is code that runs.
@Suite struct Snippets {
  /// Blocks of one language in a text of Markdown.
  private func blocks(_ language: String, in text: String) -> [String] {
    var blocks: [String] = []
    var open: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let lines = open { blocks.append(lines.joined(separator: "\n") + "\n") }
        open = open == nil && line == "```\(language)" ? [] : nil
      } else {
        open?.append(line)
      }
    }
    return blocks
  }

  /// What a snippet leaves to its reader: modules that were required before, and words of specs.
  private func completed(_ block: String) -> String {
    var head = ""
    for module in ["git", "python", "health", "http", "files", "pytest"]
    where block.contains("\(module).") && !block.contains("local \(module) ") {
      head += "local \(module) = require \"baton.\(module)\" "
    }
    if block.contains("describe(") { head += "local describe, simulate, it = print, print, print step 's' 'true' " }
    return head + block
  }

  @Test("Lua in README.md can be planned")
  func readme() throws {
    let blocks = blocks("lua", in: try #require(Disk.text("\(Binary.root)/README.md")))
    try #require(!blocks.isEmpty)
    for block in blocks {
      let sandbox = try Sandbox(["snippet.lua": completed(block)])
      let planned = try sandbox.baton("plan", "snippet.lua", env: ["SLACK_WEBHOOK": "x"])
      #expect(planned.code == 0, "\(block)\n\(planned.account)")
    }
  }

  @Test("Commands for a shell in README.md name what is there")
  func commands() throws {
    let blocks = blocks("sh", in: try #require(Disk.text("\(Binary.root)/README.md")))
    try #require(!blocks.isEmpty)
    for line in blocks.joined().split(separator: "\n") {
      for word in line.split(separator: " ") where word.hasPrefix("scripts/") {
        #expect(Disk.exists("\(Binary.root)/\(word)"), "\(line)")
      }
    }
  }

  @Test("Operations of bodies that are described are those that there are")
  func operations() throws {
    let sandbox = try Sandbox(["w.lua": "step \"b\" { function(ctx) ctx:zzqqxx() end }"])
    let finished = try sandbox.baton("run", "w.lua")
    let list = try #require(finished.all.firstMatch(of: /known are ([a-z_, ]+)/), "\(finished.account)")
    let known = Set(list.output.1.split(separator: ",").map { String($0.filter { $0 != " " }) })
    let topics = try sandbox.baton("help", "topics").output.split { " \n".contains($0) }
    let described = topics.filter { $0.hasPrefix("ctx:") }.map { String($0.dropFirst(4)) }
    #expect(Set(described) == known)
  }
}
