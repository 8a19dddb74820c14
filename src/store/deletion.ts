/** Deletes all that is kept. Apart from the rest of the store, so that pages which never open it need not load it. */

/** The IndexedDB database that worker and pages of a site share. */
export const DATABASE_NAME = 'swarmtag'

/** Deletes the database; if a connection is still open, the browser does so once it is closed. Never throws. */
export function deleteDatabase(name = DATABASE_NAME): Promise<void> {
  return new Promise(resolve => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = request.onerror = request.onblocked = () => resolve()
  })
}
