// A list page as the library's documentation begins one: a form to filter by, a
// table of thirty rows, a row of page numbers.
const rows = Array.from({ length: 30 }, (_, i) => ({ title: `首次显示所用的第${i}件稿件`, step: '初审', drafter: '拟稿人', due: '2026-03-02 17:00' }));
Vue.createApp({
  data: () => ({ rows, words: '' }),
  template: `<el-form inline><el-form-item label="查找"><el-input v-model="words" /></el-form-item><el-form-item><el-button type="primary">查找</el-button></el-form-item></el-form>
<el-table :data="rows" border><el-table-column type="selection" /><el-table-column prop="title" label="标题" /><el-table-column prop="step" label="环节" /><el-table-column prop="drafter" label="拟稿人" /><el-table-column prop="due" label="期限" />
<el-table-column label="操作"><template #default><el-button link type="primary">审核</el-button></template></el-table-column></el-table>
<el-pagination layout="prev, pager, next" :total="90" />`,
}).use(ElementPlus).mount('#app');
