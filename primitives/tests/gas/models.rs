// SPDX-License-Identifier: Apache-2.0
//! Ids and names of the models, which chains and users write down.

use revive_vm_primitives::GasModel;

#[test]
fn ids_and_names_are_what_chains_and_users_wrote_down() {
    let expected = [
        (GasModel::Flat, 0, "flat"),
        (GasModel::PipelineL1, 1, "pipeline-l1"),
        (GasModel::PipelineL2, 2, "pipeline-l2"),
        (GasModel::PipelineL3, 3, "pipeline-l3"),
        (GasModel::PipelineFootprint, 4, "pipeline-footprint"),
    ];
    assert_eq!(GasModel::ALL.len(), expected.len());
    for (model, id, name) in expected {
        assert_eq!((model.id(), model.name()), (id, name));
        assert_eq!(model.to_string(), name);
        assert_eq!(GasModel::from_id(id), Some(model));
        assert_eq!(GasModel::from_name(name), Some(model));
    }
    assert_eq!(GasModel::from_id(5), None);
    assert_eq!(GasModel::from_name("Flat"), None);
    assert_eq!(GasModel::from_name("pipeline"), Some(GasModel::PipelineL2));
    assert_eq!(GasModel::default(), GasModel::Flat);
}
