import BatonCommandLine
import BatonModel
import BatonReference

/// `baton help TOPIC`, of what is no command or a word beside; `baton docs`.
enum HelpCommand {
  static func explain(_ topic: String, _ console: Console) throws(BatonError) {
    if topic == "topics" {
      console.out(ReferenceText.contents(of: .embedded))
      return
    }
    switch Reference.embedded.ask(topic) {
    case .topic(let topic):
      if let command = Subcommand.Name(rawValue: topic.name), topic.group == .commands {
        console.out(Help.command(command))
      } else {
        console.out(ReferenceText.text(of: topic))
        if let command = Subcommand.Name(rawValue: topic.name) { console.out("\n" + Help.command(command)) }
      }
    case .several(let names):
      throw BatonError(
        .usage, "several topics end with \"\(topic)\"", cure: "one of: \(names.joined(separator: ", "))")
    case .nothing(let near):
      throw BatonError(
        .usage, "there is no topic \"\(topic)\"",
        cure: near.isEmpty
          ? "\"baton help topics\" lists them all"
          : "near it: \(near.joined(separator: ", ")); \"baton help topics\" lists them all")
    }
  }

  static func write(_ context: Context) throws -> Int32 {
    let targets = [(Option.html, "html"), (Option.man, "man")].compactMap { option, form in
      context.invocation.value(option).map { (form, $0) }
    }
    guard !targets.isEmpty else {
      throw BatonError(.usage, "baton docs needs --html DIR or --man DIR", cure: "for example: baton docs --html site")
    }
    for (form, folder) in targets {
      let files =
        form == "html"
        ? ReferenceSite(.embedded, version: Program.version).files
        : ManualPages(.embedded, version: Program.version, date: Program.date).files
      for file in files {
        let path = "\(folder)/\(file.name)"
        try FolderTree.make(File.folder(of: path))
        try File.write(file.bytes, to: path, replacing: true)
      }
      context.console.note("wrote \(files.count) files into \(folder)")
    }
    return 0
  }
}
