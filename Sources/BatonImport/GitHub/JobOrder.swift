/// The order in which jobs can be written, each behind those that it needs, and the circles in which they need each
/// other.
struct JobOrder {
  /// Positions of all jobs.
  private(set) var order: [Int] = []
  /// Positions of jobs, each of which needs the next, and the last the first. Each circle is here once.
  private(set) var circles: [[Int]] = []

  private enum State { case new, begun, done }

  init(_ jobs: [GitHubJob]) {
    let positions = Dictionary(jobs.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    let needs = jobs.map { job in job.needs.compactMap { positions[$0] } }
    var states = Array(repeating: State.new, count: jobs.count)
    for start in jobs.indices where states[start] == .new {
      // A chain of jobs may be longer than the stack is deep.
      var path = [(job: start, next: 0)]
      states[start] = .begun
      while let (job, next) = path.last {
        guard next < needs[job].count else {
          states[job] = .done
          order.append(job)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let need = needs[job][next]
        switch states[need] {
        case .new:
          states[need] = .begun
          path.append((need, 0))
        case .begun: circles.append(path.drop { $0.job != need }.map(\.job))
        case .done: break
        }
      }
    }
  }
}
