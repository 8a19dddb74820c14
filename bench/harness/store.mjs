/** Swarmtag's store, as it is in the browser's database. */

/**
 * Empties the store of the open page's site, but leaves what is known of its films.
 *
 * @param {import('./viewer.mjs').Viewer} viewer
 */
export async function forgetChunks(viewer) {
  await viewer.page.evaluate(async () => {
    await window.swarmtag.stop()
    const done = request =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const databases = await indexedDB.databases()
    const { name } = databases.find(({ name }) => name?.startsWith('swarmtag'))
    const database = await done(indexedDB.open(name))
    const stores = ['chunks', 'holdings'].filter(store => database.objectStoreNames.contains(store))
    const transaction = database.transaction(stores, 'readwrite')
    for (const store of stores) transaction.objectStore(store).clear()
    await new Promise(resolve => {
      transaction.oncomplete = resolve
    })
    database.close()
  })
}
