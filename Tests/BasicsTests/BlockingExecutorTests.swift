import Basics
import Foundation
import Testing

private actor Worker {
    private let executor = BlockingExecutor(name: "worker")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private var order: [Int] = []

    func work(_ number: Int) -> (thread: String?, order: [Int]) {
        order.append(number)
        return (Thread.current.name, order)
    }
}

@Suite struct BlockingExecutorTests {
    @Test("an actor on its own executor, its jobs run in order on its own thread")
    func ownThread() async {
        let worker = Worker()
        for number in 0..<100 { _ = await worker.work(number) }
        let last = await worker.work(100)
        #expect(last.thread == "worker")
        #expect(last.order == Array(0...100))
    }

    @Test("many actors made and dropped, each job still runs")
    func manyActors() async {
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<50 {
                group.addTask { await Worker().work(number).order.count }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 50)
    }
}
