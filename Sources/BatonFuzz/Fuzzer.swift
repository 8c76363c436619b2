import Glibc

/// Reads one mutated text after the other. The same seed gives the same texts, so that a finding can be had again.
struct Fuzzer {
  /// Nothing that reads a short text may take longer.
  static let patience = 5.0

  private let subject: Subject
  private var random: Mutator
  private let last: String

  init(_ subject: Subject, seed: UInt64, folder: String) throws(FuzzError) {
    self.subject = subject
    random = Mutator(seed: seed, seeds: subject.seeds, words: subject.words)
    mkdir(".build", 0o755)
    guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw FuzzError("cannot make \(folder)") }
    last = "\(folder)/last-\(subject.name)"
  }

  func run(rounds: Int) throws(FuzzError) -> (rounds: Int, accepted: Int) {
    let file = open(last, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FuzzError("cannot write \(last)") }
    defer { close(file) }
    var random = random
    var accepted = 0
    for round in 0..<rounds {
      let text = random.next()
      // A crash leaves the text behind.
      ftruncate(file, text.count)
      _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
      let start = Self.now()
      do throws(FuzzError) {
        if try subject.read(text) { accepted += 1 }
      } catch {
        throw FuzzError("\(subject.name), round \(round): \(error.description); the text is in \(last)")
      }
      guard Self.now() - start < Self.patience else {
        throw FuzzError("\(subject.name), round \(round): took \(Self.now() - start) s; the text is in \(last)")
      }
    }
    unlink(last)
    return (rounds, accepted)
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
