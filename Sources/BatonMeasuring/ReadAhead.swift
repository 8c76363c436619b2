import BatonResults
import BatonRuntime
import Glibc

/// Reads a long file on a thread of its own, a little ahead of the one that takes the bytes. Short files get no thread.
final class ReadAhead: ByteSource, @unchecked Sendable {
  // Sound because `first`, `ready`, `ends` and `isClosed` are touched under `monitor` alone; a slot's bytes belong to the
  // reading thread until it counts as ready, and to the taking one from then on; `taken`, `direct` and `thread` to the
  // latter alone.
  private static let slotSize = 1 << 18
  private static let slotCount = 4
  /// So many bytes are read without a thread.
  private static let directLimit = 1 << 22

  private let descriptor: Int32
  private let monitor = Monitor()
  private var slots: UnsafeMutablePointer<UInt8>?
  /// How many bytes each slot has; 0 at the file's end, the system's error, negated, when reading failed.
  private var ends = [Int](repeating: 0, count: ReadAhead.slotCount)
  private var first = 0
  private var ready = 0
  private var isClosed = false
  /// Bytes of the first slot that were taken.
  private var taken = 0
  private var direct = 0
  private var thread: WorkerThread?

  /// - Parameter descriptor: of an open file, to be closed after ``close()``.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { slots?.deallocate() }

  func read(into room: UnsafeMutableBufferPointer<UInt8>) -> Int {
    guard let base = room.baseAddress, room.count > 0 else { return 0 }
    if thread == nil {
      guard direct >= Self.directLimit, start() else {
        let count = Self.read(descriptor, base, room.count)
        direct += max(count, 0)
        return count
      }
    }
    let (slot, end) = monitor.withLock {
      while ready == 0 { monitor.wait() }
      return (first, ends[first])
    }
    guard end > 0, let slots else { return end }
    let count = min(room.count, end - taken)
    memcpy(base, slots + slot * Self.slotSize + taken, count)
    taken += count
    if taken == end {
      taken = 0
      monitor.withLock {
        first = (first + 1) % Self.slotCount
        ready -= 1
        monitor.wakeAll()
      }
    }
    return count
  }

  func rewind() -> Bool {
    close()
    (direct, taken, first, ready, isClosed) = (0, 0, 0, 0, false)
    return lseek(descriptor, 0, SEEK_SET) == 0
  }

  func close() {
    monitor.withLock {
      isClosed = true
      monitor.wakeAll()
    }
    thread?.join()
    thread = nil
  }

  private func start() -> Bool {
    if slots == nil { slots = .allocate(capacity: Self.slotCount * Self.slotSize) }
    thread = WorkerThread { [self] in fill() }
    // Without one, everything is read directly.
    if thread == nil { direct = Int.min }
    return thread != nil
  }

  private func fill() {
    guard let slots else { return }
    var slot = 0
    while true {
      let isWanted = monitor.withLock {
        while ready == Self.slotCount, !isClosed { monitor.wait() }
        return !isClosed
      }
      guard isWanted else { return }
      let count = Self.read(descriptor, slots + slot * Self.slotSize, Self.slotSize)
      monitor.withLock {
        ends[slot] = count
        ready += 1
        monitor.wakeAll()
      }
      guard count > 0 else { return }
      slot = (slot + 1) % Self.slotCount
    }
  }

  private static func read(_ descriptor: Int32, _ room: UnsafeMutablePointer<UInt8>, _ size: Int) -> Int {
    while true {
      let count = Glibc.read(descriptor, room, size)
      if count >= 0 { return count }
      if errno != EINTR { return -Int(errno) }
    }
  }
}
