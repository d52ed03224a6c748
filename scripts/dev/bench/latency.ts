import { connect, createServer, type Socket } from 'node:net'

/**
 * Starts a TCP proxy on 127.0.0.1 that delays bytes in both directions.
 * @param port of the server on 127.0.0.1
 * @param ms added to the round trip
 * @returns the proxy's port
 */
export async function delayed(port: number, ms: number): Promise<{ readonly port: number; stop(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('data', bytes => setTimeout(() => to.writable && to.write(bytes), ms / 2))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  return {
    port: address.port,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
