export function startTurnServer(): Promise<{
  url: string
  username: string
  credential: string
  close(): Promise<void>
}>
