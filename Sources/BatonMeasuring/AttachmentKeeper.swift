import BatonFiles
import BatonModel
import BatonRuntime
import Glibc

/// Copies files that results name (screenshots, traces) to the artifacts of their step.
///
/// A name is relative to the step's folder or to that of the file of results, or absolute. A file that lies neither below one of
/// them nor below `/tmp` is not copied: results may come from anyone.
struct AttachmentKeeper {
  /// So many are kept of one attempt.
  static let limit = 1000

  private let request: ResultRequest
  private var kept: Set<String> = []
  private(set) var problems: [String] = []

  private let mask: ((String) -> String)?

  init(_ request: ResultRequest, mask: ((String) -> String)? = nil) {
    self.request = request
    self.mask = mask
  }

  /// - Parameter file: the file of results, absolute; nil: what a function told.
  mutating func keep(_ names: [String], besides file: String?) {
    let folders = [request.workingDirectory] + (file.map { [Self.folder(of: $0)] } ?? [])
    for name in names where !name.isEmpty {
      let places = name.hasPrefix("/") ? [name] : folders.map { "\($0)/\(name)" }
      guard let place = places.lazy.compactMap(Self.real).first else {
        note("the attachment \(name) is not there")
        continue
      }
      guard !kept.contains(place) else { continue }
      guard kept.count < Self.limit else { return note("of the attachments, \(Self.limit) are kept") }
      let roots = (folders + ["/tmp"]).compactMap(Self.real)
      guard roots.contains(where: { place.hasPrefix($0 == "/" ? "/" : $0 + "/") }) else {
        note("the attachment \(name) lies outside of the step's folder, and is not kept")
        continue
      }
      kept.insert(place)
      copy(place)
    }
  }

  private mutating func copy(_ place: String) {
    let base = Self.real(request.workingDirectory) ?? request.workingDirectory
    let relative = place.hasPrefix(base + "/") ? String(place.dropFirst(base.utf8.count + 1)) : place
    switch ArtifactKeeper(mask: mask).keep([Self.literal(relative)], from: base, to: request.artifactFolder) {
    case .success(let kept): if kept.artifacts.isEmpty { note("the attachment \(relative) is no file") }
    case .failure(let error): note(error.message)
    }
  }

  private mutating func note(_ problem: String) { if problems.count < 20 { problems.append(problem) } }

  private static func folder(of file: String) -> String {
    file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "/"
  }

  /// The path without links; nil where nothing is there.
  private static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// A glob that matches nothing but this path.
  static func literal(_ path: String) -> String {
    var text = ""
    for character in path {
      if "*?[]{}!\\,".contains(character) { text.append("\\") }
      text.append(character)
    }
    return text
  }
}
