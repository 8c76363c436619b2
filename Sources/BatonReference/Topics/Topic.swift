/// One thing that the reference tells of: a word, a field, a type, a module, a command, a recipe.
public struct Topic: Sendable {
  /// Where it stands among the others, in this order.
  public enum Group: String, Sendable, CaseIterable {
    case words = "Words of the language"
    case bodies = "Durable bodies"
    case specs = "Specs"
    case modules = "Standard library"
    case types = "Types"
    case commands = "Commands"
    case checks = "Findings of baton check"
    case recipes = "Cookbook"
  }

  /// A line of a list: a field, a parameter, an option.
  public struct Row: Sendable, Hashable {
    public var name: String
    public var type: String
    public var isOptional: Bool
    public var text: String
    /// The topic that tells more, if any.
    public var topic: String?

    public init(_ name: String, type: String = "", isOptional: Bool = false, text: String, topic: String? = nil) {
      self.name = name
      self.type = type
      self.isOptional = isOptional
      self.text = text
      self.topic = topic
    }
  }

  public struct Section: Sendable {
    public var title: String
    public var text = ""
    public var rows: [Row] = []
    public var code: String?

    public init(_ title: String, text: String = "", rows: [Row] = [], code: String? = nil) {
      self.title = title
      self.text = text
      self.rows = rows
      self.code = code
    }
  }

  /// As it is asked for: `step`, `step.retry`, `ctx:sleep`, `baton.git.changed`, `Retry`, `run`.
  public var name: String
  public var group: Group
  /// How it is written.
  public var usage: String
  /// Paragraphs, with `code` between back quotes.
  public var text: String
  public var sections: [Section] = []
  public var related: [String] = []
  /// What it is in a few words, where its first sentence is something else.
  public var about: String?

  /// What it is in a few words: its first sentence, if nothing else.
  public var summary: String {
    if let about { return about }
    let line = text.split(separator: "\n").joined(separator: " ")
    var index = line.startIndex
    var isCode = false
    while index < line.endIndex {
      let letter = line[index]
      if letter == "`" { isCode.toggle() }
      let after = line.index(after: index)
      if !isCode, letter == ".", after == line.endIndex || line[after] == " " { return String(line[..<index]) }
      if !isCode, letter == ":", after < line.endIndex, line[after] == " " { return String(line[..<index]) }
      index = after
    }
    return line
  }
}

extension Topic {
  /// With the fenced examples of its text as a section of their own, before the others.
  var withExamples: Topic {
    var prose: [Substring] = []
    var examples: [Section] = []
    var open: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let lines = open { examples.append(Section("Example", code: lines.joined(separator: "\n"))) }
        open = open == nil ? [] : nil
      } else if open != nil {
        open?.append(line)
      } else {
        prose.append(line)
      }
    }
    guard !examples.isEmpty else { return self }
    var topic = self
    topic.text = prose.joined(separator: "\n").trimmed
    topic.sections = examples + sections
    return topic
  }
}

extension String {
  /// A type as people read it: without the prefix that tells Baton's types from others.
  var shownType: String {
    replacing("baton.", with: "").replacing("|", with: " | ").replacing("  |  ", with: " | ")
  }

  /// The name of a type as a topic: `baton.Retry` is `Retry`, `baton.git.Changed` is `git.Changed`.
  var topicOfType: String { hasPrefix("baton.") ? String(dropFirst(6)) : self }
}
