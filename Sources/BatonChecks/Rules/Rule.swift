import BatonModel

/// One thing that `baton check` looks for: its code, and all that people are told about it.
///
/// ``all`` is the one source of `baton check --explain` and of the reference.
public struct Rule: Sendable, Hashable {
  /// What a rule is about.
  public enum Family: String, Sendable, CaseIterable {
    case script, shell, graph, bodies, secrets, checking

    /// As a heading.
    public var title: String {
      switch self {
      case .script: "The script and its fields"
      case .shell: "Commands for the shell"
      case .graph: "Steps, values and gates"
      case .bodies: "Durable bodies and functions"
      case .secrets: "Secrets"
      case .checking: "The check itself"
      }
    }
  }

  /// `B012`.
  public let code: String
  public let family: Family
  /// What is wrong, in a few words.
  public let title: String
  public let severity: Diagnostic.Severity
  /// Why it is wrong and what mends it, in lines of at most 80 letters.
  public let explanation: String
  /// A whole script that has the mistake.
  public let bad: String
  /// The same without it.
  public let good: String
  /// Whether `--fix` can mend it, at least where its form is a simple one.
  public let isFixable: Bool

  init(
    _ code: String, _ family: Family, _ title: String, _ severity: Diagnostic.Severity = .warning,
    fixable: Bool = false, explanation: String, bad: String, good: String
  ) {
    self.code = code
    self.family = family
    self.title = title
    self.severity = severity
    self.explanation = explanation
    self.bad = bad
    self.good = good
    isFixable = fixable
  }

  /// Every rule, in the order of the codes.
  public static let all: [Rule] =
    (script + scriptNames + shell + graph + gates + bodies + functions + secrets + checking).sorted {
      $0.code < $1.code
    }

  public static func named(_ code: String) -> Rule? { all.first { $0.code == code } }

  /// `{"code","family","title","severity","explanation","bad","good","fixable"}`.
  public var json: Value {
    [
      "code": .string(code), "family": .string(family.rawValue), "title": .string(title),
      "severity": .string(severity.rawValue), "explanation": .string(explanation), "bad": .string(bad),
      "good": .string(good), "fixable": .bool(isFixable),
    ]
  }

  /// What `baton check --explain CODE` prints.
  public var text: String {
    func indented(_ script: String) -> String {
      script.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    \($0)" }
        .joined(separator: "\n")
    }
    return """
      \(code)  \(title)
      \(severity.rawValue)\(isFixable ? ", mended by baton check --fix where it is certain" : "")

      \(explanation)

      Wrong
      \(indented(bad))

      Right
      \(indented(good))

      To let it pass in one place: -- baton: ignore \(code)

      """
  }

  /// What `baton check --explain` prints: all codes in a line each, by family.
  public static var list: String {
    var text = ""
    for family in Family.allCases {
      text += (text.isEmpty ? "" : "\n") + family.title + "\n"
      for rule in all where rule.family == family {
        text += "  \(rule.code)  \(rule.title)\(rule.isFixable ? "  (--fix)" : "")\n"
      }
    }
    return text + """

      luacheck W… and E… are findings of luacheck, where it is installed:
      https://luacheck.readthedocs.io/en/stable/warnings.html
      baton check --explain B012 tells of one, with an example.

      """
  }
}
