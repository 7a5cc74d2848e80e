// SPDX-License-Identifier: GPL-2.0-only
/* Does on load, on purpose, one thing that no module may do, so that the test
 * library can be seen to notice. For test machines that are thrown away.
 */

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

static char *fault = "";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "leak, inversion, use-after-free, sleep-in-rcu, warn");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

/* kmemleak's: the only pointer is forgotten, more than once, for a stale copy on
 * some stack can hide a piece of memory.
 */
static void leak(void)
{
	void *forgotten;
	int i;

	for (i = 0; i < 8; i++) {
		forgotten = kmalloc(1024, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(forgotten);
	}
}

/* lockdep's: no deadlock happens here, but one could. */
static void inversion(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

/* KASAN's. */
static void use_after_free(void)
{
	char *freed = kmalloc(64, GFP_KERNEL);

	if (!freed)
		return;
	kfree(freed);
	OPTIMIZER_HIDE_VAR(freed);
	WRITE_ONCE(freed[8], 1);
}

/* DEBUG_ATOMIC_SLEEP's. */
static void sleep_in_rcu(void)
{
	rcu_read_lock();
	might_sleep();
	rcu_read_unlock();
}

/* Any kernel's. */
static void warn(void)
{
	WARN(1, "misbehaving on purpose\n");
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "leak", leak },
	{ "inversion", inversion },
	{ "use-after-free", use_after_free },
	{ "sleep-in-rcu", sleep_in_rcu },
	{ "warn", warn },
};

static int __init misbehave_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!strcmp(fault, faults[i].name)) {
			faults[i].commit();
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit misbehave_exit(void)
{
}

module_init(misbehave_init);
module_exit(misbehave_exit);

MODULE_DESCRIPTION("Faults on purpose, for the tests of culvert's test library");
MODULE_LICENSE("GPL");
