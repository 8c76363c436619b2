/// A binary heap of points, the smallest key first; equal keys by point.
struct PointHeap<Key: Comparable> {
  private var items: [(key: Key, point: Int32)] = []

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    items[left].key < items[right].key
      || (items[left].key == items[right].key && items[left].point < items[right].point)
  }

  mutating func push(_ key: Key, _ point: Int32) {
    items.append((key, point))
    var child = items.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> (Key, Int32)? {
    guard let top = items.first else { return nil }
    let last = items.removeLast()
    if !items.isEmpty {
      items[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [parent * 2 + 1, parent * 2 + 2] where child < items.count && isBefore(child, least) {
          least = child
        }
        if least == parent { break }
        items.swapAt(parent, least)
        parent = least
      }
    }
    return (top.key, top.point)
  }
}
