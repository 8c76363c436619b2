import Glibc

/// The lines of an input, one after the other, as bytes without their ends.
struct LineInput: ~Copyable {
  enum Step {
    /// The next line is there: ``withLine(_:)``.
    case line
    /// It is longer than the limit, and was passed over.
    case tooLong
    /// There are no more.
    case none
  }

  private var input: ByteInput
  private let limit: Int
  /// The line where it does not stand in the window in one piece.
  private var pieces: [UInt8] = []
  /// The line's place in the window; nil: it is in `pieces`.
  private var place: Range<Int>?
  /// Of the last line, from 1.
  private(set) var number = 0
  /// Whether the last line ended with a line end: not the last, torn one.
  private(set) var isComplete = true

  init(_ input: consuming ByteInput, limit: Int) {
    self.input = input
    self.limit = limit
  }

  /// The system's error, when reading failed.
  var failure: Int32 { input.failure }

  mutating func next() -> Step {
    let step = advance()
    if number == 1, step == .line { skipMark() }
    return step
  }

  /// The byte order mark that some programs write first.
  private mutating func skipMark() {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard withLine({ $0.starts(with: mark) }) else { return }
    if let found = place {
      place = found.lowerBound + mark.count..<found.upperBound
    } else {
      pieces.removeFirst(mark.count)
    }
  }

  private mutating func advance() -> Step {
    guard input.next != nil else { return .none }
    number += 1
    pieces.removeAll(keepingCapacity: true)
    place = nil
    var isTooLong = false
    isComplete = false
    while input.next != nil {
      let start = input.position
      let unread = input.end - start
      let found = memchr(input.window + start, 0x0A, unread)
      let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(input.window) } ?? input.end
      isComplete = found != nil
      input.position = isComplete ? end + 1 : end
      if isComplete, pieces.isEmpty, !isTooLong, end - start <= limit {
        place = start..<end
        return .line
      }
      if pieces.count + (end - start) > limit {
        isTooLong = true
        pieces.removeAll()
      } else if !isTooLong {
        pieces.append(contentsOf: UnsafeBufferPointer(start: input.window + start, count: end - start))
      }
      if isComplete { break }
    }
    return isTooLong ? .tooLong : .line
  }

  /// Gives the last line; a carriage return at its end is left out.
  func withLine<Output>(_ body: (UnsafeBufferPointer<UInt8>) -> Output) -> Output {
    func trimmed(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
      line.last == 0x0D ? UnsafeBufferPointer(rebasing: line.dropLast()) : line
    }
    if let place {
      return body(trimmed(UnsafeBufferPointer(start: input.window + place.lowerBound, count: place.count)))
    }
    return pieces.withUnsafeBufferPointer { body(trimmed($0)) }
  }
}
