/** The peer part, which the page loads only once a video plays. */

export { Swarm, type SwarmEvents, type SwarmOptions } from './swarm.js'
