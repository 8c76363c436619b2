import BatonFiles
import BatonModel
import BatonRuntime
import BatonSystem
import Glibc

/// An image that is made here of a folder or an archive, once for the same contents: the engine knows it by their digest.
struct ContainerImage {
  let engine: ContainerEngine
  let files: ImageSource
  let digest: String
  /// As the workflow calls it.
  let shown: String
  let pull: ContainerSpec.Pull

  /// - Throws: `.failure` where it is known already that it cannot be made.
  init?(_ container: Elsewhere.Container, _ engine: ContainerEngine) throws(BatonError) {
    guard let source = container.source else { return nil }
    guard let digest = source.digest else {
      throw BatonError(.failure, source.problem ?? "the files of the image \(container.image) cannot be read")
    }
    self.engine = engine
    do throws(FilesError) { files = try ImageSource(at: source.path) } catch {
      throw BatonError(.failure, error.message)
    }
    self.digest = digest
    shown = container.image
    pull = container.pull
  }

  /// Its name in the engine.
  var name: String { "localhost/baton-image:\(digest.prefix(32))" }

  private var labels: [String] { ["baton.image=\(digest)", "baton.source=\(files.path)"] }

  /// Words that make it, and what is said of them.
  struct Work {
    var words: [String]
    var verb: String
  }

  func work() throws(BatonError) -> Work {
    let marks = labels.flatMap { ["--label", $0] }
    switch files.kind {
    case .build(let instructions):
      var words = ["build", "--network", "host", "--force-rm", "--tag", name, "--file", instructions] + marks
      switch (pull, engine.kind) {
      case (.always, .podman): words.append("--pull=always")
      case (.always, .docker): words.append("--pull")
      case (.never, .podman): words.append("--pull=never")
      case (.missing, .podman): words.append("--pull=missing")
      case (.never, .docker), (.missing, .docker): break
      }
      return Work(words: words + [files.path], verb: "built")
    case .archive:
      if try hasImages(files.path) { return Work(words: ["load", "--input", files.path], verb: "loaded") }
      // The files of a machine: they are all that there is to know.
      let changes =
        ["ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] + labels.map { "LABEL \($0)" }
      return Work(words: ["import"] + changes.flatMap { ["--change", $0] } + [files.path, name], verb: "imported")
    }
  }

  /// Whether an archive is one of images, and not one of a machine's files.
  private func hasImages(_ path: String) throws(BatonError) -> Bool {
    guard let tar = Child.find("tar") else { throw BatonError(.failure, "cannot read \(shown): tar is not in PATH") }
    var child = Child(tar, ["-tf", path])
    child.errors = .gathered
    let end = try child.run(limit: Span(seconds: 600), maximum: 256 << 20)
    guard end.code == 0 else {
      let said = ContainerFailure.last(of: String(decoding: end.output, as: UTF8.self))
      throw BatonError(
        .failure, "\(shown) is no archive that an image could be made of: \(said)",
        cure: "\(engine.kind.rawValue) save makes one of an image, tar one of a machine's files")
    }
    return end.output.split(separator: UInt8(ascii: "\n")).contains {
      ["manifest.json", "index.json"].contains(String(decoding: $0, as: UTF8.self))
    }
  }

  /// The images that `load` says it has brought.
  static func loaded(_ said: String) -> [String] {
    said.split(whereSeparator: \.isNewline).flatMap { line -> [String] in
      // podman: `Loaded image: NAME`, or several names with commas; docker: `Loaded image: NAME`, `Loaded image ID: sha256:…`
      guard line.hasPrefix("Loaded image"), let colon = line.firstIndex(of: ":") else { return [] }
      return line[line.index(after: colon)...].split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }
  }

  /// Waits for others who make an image of the same files.
  ///
  /// - Returns: A descriptor to be closed when it is made; nil: the wait was ended.
  func turn(_ isOver: () -> Bool) throws(BatonError) -> Int32? {
    let file = open(files.path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Disk.failure("read", files.path) }
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, !isOver() else {
        close(file)
        return nil
      }
    }
    return file
  }

  /// What went wrong, and what mends it.
  func failure(_ said: String, _ work: Work) -> BatonError {
    let words = ContainerFailure.words(of: said) ?? ContainerFailure.last(of: said)
    if let known = ContainerFailure.general(words, said, engine.kind) { return BatonError(.failure, known) }
    return BatonError(
      .failure, "the image \(shown) cannot be \(work.verb): \(words)", cure: "what was done stands in the log")
  }
}
