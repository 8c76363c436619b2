import Glibc

/// What a container's image is made of: a folder with a `Containerfile` or `Dockerfile`, a file of such a name elsewhere, whose
/// folder then counts, or an archive.
public struct ImageSource: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Instructions for a build, in the file of that path.
    case build(instructions: String)
    case archive
  }

  public let kind: Kind
  /// The folder of the build, or the archive; absolute, without links.
  public let path: String

  /// Names of files with instructions, the first that is there counts.
  private static let names = ["Containerfile", "Dockerfile"]

  /// - Parameter given: absolute.
  public init(at given: String) throws(FilesError) {
    guard let path = Self.real(given), let stamp = FileStamp.of(FilePath(path), follow: true) else {
      throw FilesError(
        "there is nothing at \(given) that an image could be made of; an image is a name, the path of a folder with a "
          + "Containerfile or Dockerfile, or of an archive")
    }
    if stamp.isRegular {
      let name = path.split(separator: "/").last ?? ""
      let isInstructions = Self.names.contains { name.hasPrefix($0) || name.hasSuffix(".\($0)") }
      kind = isInstructions ? .build(instructions: path) : .archive
      self.path = isInstructions ? FilePath(path).parent?.text ?? "/" : path
      return
    }
    let instructions = Self.names.lazy.map { "\(path)/\($0)" }.first { file in
      FileStamp.of(FilePath(file), follow: true)?.isRegular == true
    }
    guard let instructions else {
      throw FilesError("an image cannot be made of \(given): there is neither a Containerfile nor a Dockerfile")
    }
    guard path != "/" else { throw FilesError("an image cannot be made of the whole machine: give it a folder") }
    kind = .build(instructions: instructions)
    self.path = path
  }

  /// Of all that is in it, as ``InputReader`` reads it: what `.dockerignore` or `.containerignore` leaves out does not count, nor do
  /// `.git` and `.baton`.
  func digest(_ reader: InputReader) throws(FilesError) -> Digest {
    let whole = FilePath(path)
    let (folder, name) = (
      whole.parent ?? FilePath("/"), Self.escaped(path.split(separator: "/").last.map(String.init) ?? "")
    )
    guard case .build(let instructions) = kind else { return try reader.read(folder, [name]).digest }
    let ignored = IgnoreFile(in: whole)
    let hash = ContentHash()
    hash.update(try reader.read(folder, ["\(name)/"] + ignored.patterns.map { "!\(name)/\($0)" }).digest)
    // These count, whatever is left out.
    hash.update(
      field: instructions.utf8.suffix(
        from: instructions.utf8.lastIndex(of: UInt8(ascii: "/")) ?? instructions.utf8.startIndex))
    hash.update(try reader.digester.digest(of: FilePath(instructions), nil))
    hash.update(field: ignored.text.utf8)
    return hash.finish()
  }

  private static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// A name as a pattern for it alone.
  private static func escaped(_ name: String) -> String {
    var pattern = ""
    for character in name {
      if "*?[]{}\\!,".contains(character) { pattern.append("\\") }
      pattern.append(character)
    }
    return pattern
  }
}

/// What a build leaves out of its folder: https://docs.docker.com/build/concepts/context/#dockerignore-files
struct IgnoreFile {
  /// What its lines say; empty: there is none.
  let text: String
  /// Its lines as patterns of ``GlobSet``. Where they have exceptions, or mean more than those can say, there are none: then a change
  /// of what the build never sees makes a new image, and nothing else.
  let patterns: [String]

  init(in folder: FilePath) {
    let found = [".containerignore", ".dockerignore"].compactMap { name in
      FileContent.read(FilePath(name).resolved(in: folder), atMost: 1 << 20)
    }
    text = found.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n\u{0}\n")
    // Which of the two counts is for the engine to say.
    patterns = found.count == 1 ? Self.read(text) ?? [] : []
  }

  static func read(_ text: String) -> [String]? {
    var patterns: [String] = []
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      let words = line.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
      let pieces = String(words).split(separator: "/").filter { $0 != "." }
      guard !pieces.isEmpty else { continue }
      // In a set, what is not meant is marked otherwise here.
      guard !pieces[0].hasPrefix("!"), !pieces.contains(".."), !line.contains("[^"), !line.contains("\u{0}") else {
        return nil
      }
      patterns.append(
        pieces.joined(separator: "/").reduce(into: "") { pattern, character in
          if "{},".contains(character) { pattern.append("\\") }
          pattern.append(character)
        })
    }
    return patterns
  }
}
