import BatonModel
import BatonResults
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonMeasuring

@Suite struct ReadAheadTests {
  private let folder = ScratchFolder()

  /// So many bytes, each telling its place.
  private func file(_ size: Int) -> String {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    return folder.write("f", bytes)
  }

  /// All of it, in pieces of the given size at most, and up to so many bytes.
  private func read(_ source: ReadAhead, piece: Int, upTo limit: Int = .max) -> [UInt8] {
    var all: [UInt8] = []
    var room = [UInt8](repeating: 0, count: piece)
    while all.count < limit {
      let count = room.withUnsafeMutableBufferPointer { source.read(into: $0) }
      #expect(count >= 0)
      guard count > 0 else { break }
      all += room[..<count]
    }
    return all
  }

  @Test(
    "What comes out is what is in the file, of short ones and of long ones, also once it was rewound",
    arguments: [0, 1, 5_000_000, 9_437_184])
  func wholeFile(size: Int) {
    let descriptor = open(file(size), O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    let source = ReadAhead(descriptor)
    defer { source.close() }
    let first = read(source, piece: 100_003)
    #expect(first.count == size)
    #expect(first.indices.allSatisfy { first[$0] == UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    #expect(source.rewind())
    #expect(read(source, piece: 1 << 18) == first)
    // In the middle, with pieces read ahead.
    #expect(source.rewind())
    _ = read(source, piece: 70_000, upTo: size * 3 / 4)
    #expect(source.rewind())
    #expect(read(source, piece: 1 << 20) == first)
    // The end stays the end.
    #expect(read(source, piece: 10).isEmpty)
  }

  @Test("Where reading fails, the system's error is told")
  func failure() {
    let source = ReadAhead(-1)
    var room = [UInt8](repeating: 0, count: 10)
    #expect(room.withUnsafeMutableBufferPointer { source.read(into: $0) } == -Int(EBADF))
    source.close()
  }

  @Test("What is written beside the reader is the same file with the same digest")
  func written() throws {
    let worker = SerialWorker()
    defer { worker.close() }
    var digests: [String?] = []
    for (name, background) in [("a", nil), ("b", WritingAside(worker: worker))] {
      let collector = ResultCollector(path: "\(folder.path)/\(name)", background: background)
      for number in 0..<20_000 { try collector.add(.problem("problem number \(number) of a long list of problems")) }
      digests.append(try collector.finish(file: name).digest)
    }
    #expect(worker.hasBegun)
    #expect(digests[0] != nil && digests[0] == digests[1])
  }
}
