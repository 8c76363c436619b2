/// What a module that was installed may do beyond the sandbox. Its manifest asks for it, the project grants it.
public enum Permission: Sendable, Hashable {
  /// `env:NAME`: read this environment variable; `env:PREFIX_*` those that begin so, `env:*` all.
  case environment(String)
  /// `read:/PATH`: read this file, or the files below this folder, outside of the project.
  case read(String)
  /// `build`: have LuaRocks run what its rockspec says when it is installed: compilers, make, commands.
  case build
  /// `c-modules`: load compiled libraries, for which the sandbox and its limits do not hold.
  case nativeCode

  /// Reads ``text``; nil when it is none.
  public init?(_ text: String) {
    switch text {
    case "build": self = .build
    case "c-modules": self = .nativeCode
    case let text where text.hasPrefix("env:"):
      let name = text.dropFirst(4)
      let stem = name.hasSuffix("*") ? name.dropLast() : name
      guard !name.isEmpty, stem.utf8.allSatisfy(Self.isOfName) else { return nil }
      self = .environment(String(name))
    case let text where text.hasPrefix("read:/"):
      let parts = text.dropFirst(5).split(separator: "/")
      guard !parts.contains(".."), !parts.contains("."), !text.utf8.contains(0) else { return nil }
      self = .read("/" + parts.joined(separator: "/"))
    default: return nil
    }
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// As manifests, `baton.json` and `--trust` write it.
  public var text: String {
    switch self {
    case .environment(let name): "env:\(name)"
    case .read(let path): "read:\(path)"
    case .build: "build"
    case .nativeCode: "c-modules"
    }
  }

  /// What it lets a module do, for people.
  public var meaning: String {
    switch self {
    case .environment("*"): "read every environment variable"
    case .environment(let name) where name.hasSuffix("*"):
      "read the environment variables that begin with \(name.dropLast())"
    case .environment(let name): "read the environment variable \(name)"
    case .read(let path): "read \(path), and what is below it"
    case .build: "run programs of its own while it is installed"
    case .nativeCode: "load compiled libraries, which no sandbox and no limit holds"
    }
  }

  /// Whether who has this has the other one too.
  public func covers(_ other: Permission) -> Bool {
    switch (self, other) {
    case (.environment(let own), .environment(let name)):
      own == name || (own.hasSuffix("*") && name.hasPrefix(own.dropLast()))
    case (.read(let own), .read(let path)): own == "/" || path == own || path.hasPrefix(own + "/")
    default: self == other
    }
  }

  /// What may be written, for messages.
  public static let forms = "env:NAME, env:PREFIX_*, read:/PATH, build, c-modules"
}
